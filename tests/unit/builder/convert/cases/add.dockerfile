FROM debian
ADD a.tar.gz https://example.com/x%20y.tgz?z=1 /dst/
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef https://example.com/ /file
COPY --chmod=0755 --link *.sh /bin/
COPY <<one <<"two" /dir/
$LANG \$LANG
one
$LANG
two
COPY ../../etc/passwd .
