FROM debian
MAINTAINER Someone <a@b>
EXPOSE 80 443/tcp 1000-1002/udp $PORT
VOLUME /data /more
VOLUME ["/with blank"]
USER app:$GROUP
WORKDIR /a dir with blanks
STOPSIGNAL SIGQUIT
ONBUILD COPY . /app
ONBUILD RUN make \
   install
ADD https://example.com/x.tar.gz --checksum /tmp/
ADD --checksum=sha256:abc https://example.com/x.tar.gz /tmp/
