FROM parent
ENV after=1
