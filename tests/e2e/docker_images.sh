#!/usr/bin/env bash
# Images by the docker CLI: import, tag, list and filters, history, save, load, export, commit, rmi.
. "$(dirname "$0")/lib.inc"
need docker
start_daemon
docker_busybox
id=$(docker_ images -q --no-trunc busybox)
list() { docker_ images --format '{{.Repository}}:{{.Tag}}' "$@" | sort | xargs; }

docker_ tag busybox bb:1
docker_ tag "${id#sha256:}" localhost:5000/x/y:z
equal "$(list)" "bb:1 busybox:latest localhost:5000/x/y:z"
equal "$(list bb)" bb:1
equal "$(list --filter 'reference=b*')" "bb:1 busybox:latest"
equal "$(list --filter dangling=true)" ""
refused "No such image: nosuch:latest" docker_ tag nosuch x:1
refused "invalid filter 'nonsense'" docker_ images --filter nonsense=1
refused "No such image: nosuch:latest" docker_ history nosuch
refused "No such image: nosuch:latest" docker_ save nosuch
refused "An image does not exist locally with the tag: nosuch" docker_ push nosuch

# rmi
equal "$(docker_ rmi bb:1)" "Untagged: bb:1"
refused "(must be forced) - image is referenced in multiple repositories" docker_ rmi "${id:7:12}"
docker_ rmi localhost:5000/x/y:z >/dev/null
box=$(docker_ run -d --name box busybox sleep 1000)
refused "conflict: unable to remove repository reference \"busybox\" (must force) - container ${box:0:12} is using its referenced image ${id:7:12}" \
  docker_ rmi busybox
refused "conflict: unable to delete ${id:7:12} (cannot be forced) - image is being used by running container ${box:0:12}" \
  docker_ rmi -f "${id:7:12}"
docker_ stop -t 0 box >/dev/null
refused "(must be forced) - image is being used by stopped container" docker_ rmi "${id:7:12}"
equal "$(docker_ rmi -f busybox)" "Untagged: busybox:latest"
docker_ start box >/dev/null
equal "$(docker_ exec box echo still here)" "still here" "a container keeps its image"
docker_ tag "${id:7:12}" busybox

# commit, history
docker_ exec box sh -c 'echo new >/new'
docker_ commit -m "the message" -a "an author" -c 'ENV A=b' -c 'CMD cat /new' box grown:1 >/dev/null
equal "$(docker_ run --rm grown:1)" new
equal "$(docker_ inspect -f '{{.Author}} {{.Comment}} {{.Config.Env}}' grown:1)" "an author the message [A=b]"
equal "$(docker_ history --format '{{.Comment}}' grown:1 | head -n 1)" "the message"
equal "$(docker_ history -q grown:1 | wc -l)" 2

# save and load
grown=$(docker_ images -q --no-trunc grown)
docker_ save -o "$work/both.tar" grown:1 busybox
contains "$(tar -tf "$work/both.tar")" index.json
docker_ rmi grown:1 >/dev/null
equal "$(docker_ load -i "$work/both.tar" | sort | xargs)" "Loaded image: busybox:latest Loaded image: grown:1"
equal "$(docker_ images -q --no-trunc grown)" "$grown" "the same image"
equal "$(docker_ run --rm grown:1)" new
refused "Error" sh -c "echo garbage | DOCKER_HOST=unix://$socket timeout 10 docker load"

# export and import
docker_ export box | docker_ import -m imported -c 'ENV Q=1' - flat:1 >/dev/null
equal "$(docker_ run --rm flat:1 sh -c 'echo $Q; cat /new' | xargs)" "1 new"
equal "$(docker_ inspect -f '{{len .RootFS.Layers}}' flat:1)" 1
docker_ rm -f box >/dev/null
docker_ rmi flat:1 grown:1 busybox >/dev/null
equal "$(list -a)" ""
equal "$(find "$root/images/blobs/sha256" -type f | wc -l)" 0 "blobs go with the last image"
