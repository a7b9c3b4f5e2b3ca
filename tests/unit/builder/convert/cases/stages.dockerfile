ARG VERSION=12
ARG GIVEN
FROM debian:${VERSION} AS build
ARG VERSION
ARG GIVEN=default OTHER=$VERSION-x
WORKDIR src
COPY hello.c ./
RUN cc hello.c
FROM scratch AS assets
COPY logo.png /img/
FROM scratch
COPY --from=build --chown=app /src/a.out /bin/
COPY --from=assets / /assets
COPY --from=debian:11 /etc/debian_version /
ENTRYPOINT ["/bin/a.out"]
