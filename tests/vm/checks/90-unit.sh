# The runtime's own tests that touch cgroups, where they were built: the cgroup classes, and containers through the shim.
unit=/opt/rundlet/tests/runtime_test
if [ -x $unit ]; then
  check "runtime_test passes" timeout 300 $unit --gtest_brief=1 '--gtest_filter=Cgroup*:Device*:Shim*-ShimStdio.*'
fi
