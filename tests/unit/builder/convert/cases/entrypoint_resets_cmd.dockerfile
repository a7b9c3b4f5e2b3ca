FROM debian
ENTRYPOINT echo
