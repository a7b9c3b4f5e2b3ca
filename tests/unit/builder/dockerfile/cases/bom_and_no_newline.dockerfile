FROM debian
RUN x