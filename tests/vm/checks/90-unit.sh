# The runtime's own tests, where they were built: containers through the shim, and the cgroup classes, on v2.
unit=/opt/rundlet/tests/runtime_test
if [ -x $unit ]; then
  check "runtime_test passes" timeout 300 $unit --gtest_brief=1
fi
