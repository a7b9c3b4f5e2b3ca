FROM debian
MAINTAINER me
ENV A=1 B=$A C="x y"
ENV B=$A$LANG
LABEL l1="$A b" l2='$A'
USER app:$A
EXPOSE 80 $A-3/udp
VOLUME /v$A /w
SHELL ["/bin/bash", "-ec"]
CMD run it
STOPSIGNAL SIGQUIT
HEALTHCHECK --interval=5s --retries=2 CMD check $A
ONBUILD RUN echo hi
WORKDIR /
WORKDIR /a
WORKDIR b/../c
RUN pwd
