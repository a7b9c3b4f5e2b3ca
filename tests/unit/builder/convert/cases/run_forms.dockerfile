FROM debian
RUN ["exec", "form $PATH"]
RUN --mount=type=cache,target=cache,sharing=locked,id=c --mount=type=tmpfs,target=/t,size=1m --network=none make
RUN --mount=type=bind,target=/src --mount=from=debian:11,source=/etc,target=/e,rw make
RUN <<EOF
set -e
echo $HOME
EOF
RUN <<EOF
#!/usr/bin/python3
print("hi")
EOF
RUN cat <<A <<-B
a
A
	b
	B
