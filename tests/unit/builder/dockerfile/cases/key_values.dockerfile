FROM debian
ENV old form  with   blanks 
ENV a=1 b="two words" c='single $x' d=three\ words e=
LABEL com.example.a=b "quoted key"=v multi="x\
y"
ARG a b=$a c="d e"
ENV path=$PATH:/bin
