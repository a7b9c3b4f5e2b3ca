# escape=`
FROM windows
RUN dir c:\ `
    /s
COPY a.txt c:\
