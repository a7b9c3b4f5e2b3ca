FROM debian
SHELL ["/bin/bash", "-c"]
CMD ["a", "b c"]
CMD echo "a" 'b'
CMD [not json]
ENTRYPOINT ["/x"]
entrypoint /y  z
CMD []
RUN --mount=type=cache,target=/var/cache --mount=type=bind,from=build,target=/b --network=none make
HEALTHCHECK --interval=5s --timeout=1m30s --start-period=500ms --retries=3 CMD curl -f http://localhost
HEALTHCHECK CMD ["check"]
HEALTHCHECK none
