# syntax=docker/dockerfile:1
# A comment after the directives
ARG VERSION=12 MIRROR
FROM --platform=$BUILDPLATFORM debian:${VERSION} AS Build
WORKDIR /src
COPY . .
RUN make
FROM scratch
COPY --from=build --chown=1:2 --chmod=755 --link /src/out /
COPY --from=0 ["/src/a b", "/c d/"]
