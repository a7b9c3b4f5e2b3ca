#include "runtime/shim/protocol.h"

#include <gtest/gtest.h>

#include "runtime/init/message.h"

namespace rundlet::runtime {
namespace {

TEST(ShimProtocol, RequestsSurviveTheirCodec) {
  Request request;
  request.operation = "exec";
  request.exec.emplace();
  request.exec->id = "e";
  request.exec->process.args = {"a", "b"};
  request.exec->wait_for_attach = true;
  request.attach.emplace();
  request.attach->detach_keys = "\x10\x11";
  request.attach->unread = std::string("\0\xff\"", 3);
  Request read = parse_request(to_json(request));
  EXPECT_EQ(read.version, kProtocolVersion);
  EXPECT_EQ(read.operation, "exec");
  EXPECT_EQ(read.exec->process.args, request.exec->process.args);
  EXPECT_TRUE(read.exec->wait_for_attach);
  EXPECT_EQ(read.attach->detach_keys, "\x10\x11");
  EXPECT_EQ(read.attach->unread, request.attach->unread);
}

TEST(ShimProtocol, FieldsOfLaterVersionsAreSkipped) {
  Request read =
      parse_request(R"({"version":9,"operation":"signal","number":15,"colour":"blue","more":{"a":[1]}})");
  EXPECT_EQ(read.version, 9);
  EXPECT_EQ(read.number, 15);
  EXPECT_FALSE(read.attach);
}

TEST(ShimProtocol, ErrorsTravelWhole) {
  Reply reply;
  reply.failure = to_failure(Error(ErrorCode::not_found, "exec: \"x\"", 2));
  try {
    throw_failure(*parse_reply(to_json(reply)).failure);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::not_found);
    EXPECT_EQ(error.message(), "exec: \"x\"");
    EXPECT_EQ(error.errno_value(), 2);
  }
}

TEST(ShimProtocol, TheShimFileHoldsTheSpec) {
  ShimFile file;
  file.spec.id = "id";
  file.spec.rootfs = {{"", "overlay", "overlay", {"lowerdir=/a:/b"}}};
  file.spec.ephemeral = file.spec.stdin_once = true;
  file.spec.log = {"json-file", "/log", 1000, 3};
  file.attachments.resize(2);
  file.attachments[1].multiplexed = true;
  ShimFile read = parse_shim_file(to_json(file));
  EXPECT_EQ(read.spec.rootfs, file.spec.rootfs);
  EXPECT_TRUE(read.spec.ephemeral && read.spec.stdin_once && !read.spec.open_stdin);
  EXPECT_EQ(read.spec.log.max_size, 1000);
  ASSERT_EQ(read.attachments.size(), 2u);
  EXPECT_TRUE(read.attachments[1].multiplexed);
}

TEST(InitMessage, SurvivesItsCodec) {
  InitMessage message;
  message.type = MessageType::failed;
  message.code = ErrorCode::permission_denied;
  message.errno_value = 13;
  message.text = "mount proc";
  InitMessage read = decode(encode(message));
  EXPECT_EQ(read.type, MessageType::failed);
  EXPECT_EQ(read.code, ErrorCode::permission_denied);
  EXPECT_EQ(read.errno_value, 13);
  EXPECT_EQ(read.text, "mount proc");
  EXPECT_THROW(decode("short"), Error);
  EXPECT_THROW(decode(std::string(12, '\xff')), Error);
}

}  // namespace
}  // namespace rundlet::runtime
