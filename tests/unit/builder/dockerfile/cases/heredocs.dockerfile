FROM debian
RUN <<EOF
echo $HOME
	echo tab
EOF
RUN <<-"END" bash
	stripped
	END
COPY <<one <<'two' plain /dir/
first $X
one
second $X
two
RUN cat <<EOF > /file && echo '<<no'
# not a comment
EOF
RUN ["echo", "<<EOF"]
CMD echo <<EOF
LABEL after=it
