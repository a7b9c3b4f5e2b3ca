FROM debian

   # an indented comment
RUN echo a && \
    # a comment inside
    echo b && \

    echo c
RUN echo not continued \\
RUN ["echo", \
     "json"]
ENV A=b \   
    C=d
