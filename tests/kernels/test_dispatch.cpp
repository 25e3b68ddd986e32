#include <cstdlib>

#include "support.h"

namespace lucid::kernels {

// The build runs these once per value of LUCID_ARCH, besides the run without.

TEST_CASE("dispatch: the table that LUCID_ARCH asks for is the active one") {
  const char* asked = std::getenv("LUCID_ARCH");
  const std::string best = available_name(available_count() - 1);
  const std::string running = active<float>().name;
  CHECK(running == active<double>().name);
  if (asked == nullptr || *asked == '\0') {
    CHECK(rejected_request() == nullptr);
    CHECK(running == best);
  } else if (find<float>(asked) != nullptr) {
    CHECK(rejected_request() == nullptr);
    CHECK(running == asked);
  } else {
    if (std::string(asked) != "nonsense") {
      MESSAGE("skipped: this processor lacks " << asked);
    }
    REQUIRE(rejected_request() != nullptr);
    CHECK(rejected_request() == std::string(asked));
    CHECK(running == best);
  }
}

TEST_CASE("dispatch: the tables run from the reference up, each under its name") {
  REQUIRE(available_count() >= 1);
  CHECK(available_name(0) == std::string("reference"));
  int lanes = 0;
  for (int i = 0; i < available_count(); ++i) {
    const auto* table = find<float>(available_name(i));
    REQUIRE(table != nullptr);
    CHECK(table->name == std::string(available_name(i)));
    CHECK(find<double>(available_name(i))->name == std::string(available_name(i)));
    CHECK(table->lanes > lanes);
    lanes = table->lanes;
  }
#if defined(__x86_64__)
  CHECK(find<float>("sse2") != nullptr);
#elif defined(__aarch64__)
  CHECK(find<float>("neon") != nullptr);
#endif
}

TEST_CASE("dispatch: a selected table stays, an unknown name changes nothing") {
  const std::string before = active<float>().name;
  for (int i = 0; i < available_count(); ++i) {
    CHECK(select(available_name(i)));
    CHECK(active<float>().name == std::string(available_name(i)));
    CHECK(&active<double>() == find<double>(available_name(i)));
    CHECK_FALSE(select("nonsense"));
    CHECK_FALSE(select(nullptr));
    CHECK(active<float>().name == std::string(available_name(i)));
  }
  CHECK(find<float>("nonsense") == nullptr);
  CHECK(find<float>(nullptr) == nullptr);
  REQUIRE(select(before.c_str()));
}

TEST_CASE("dispatch: every table is complete") {
  const auto complete = [](const auto& t) {
    for (auto f : t.unary) REQUIRE((f != nullptr));
    for (auto f : t.binary) REQUIRE((f != nullptr));
    const bool rest =
        t.relu_backward && t.sigmoid_backward && t.tanh_backward && t.axpy && t.sum && t.max &&
        t.min && t.softmax && t.log_softmax && t.softmax_backward && t.log_softmax_backward &&
        t.gemm_scratch && t.gemm && t.conv2d_forward_scratch && t.conv2d_input_gradient_scratch &&
        t.conv2d_weight_gradient_scratch && t.conv2d_forward && t.conv2d_input_gradient &&
        t.conv2d_weight_gradient && t.max_pool2d && t.max_pool2d_backward && t.avg_pool2d &&
        t.avg_pool2d_backward && t.adaptive_avg_pool2d && t.adaptive_avg_pool2d_backward &&
        t.channel_moments && t.channel_affine && t.channel_gradient_sums && t.channel_combine &&
        t.relu_backward_sums && t.dropout && t.sgd_step && t.adam_step;
    CHECK(rest);
  };
  for (int i = 0; i < available_count(); ++i) {
    complete(*find<float>(available_name(i)));
    complete(*find<double>(available_name(i)));
  }
}

}  // namespace lucid::kernels
