// The networks that are trained and asked; lucid_models.h and torch_models.h build them.
#pragma once

#include <cmath>
#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "data.h"
#include "server.h"

namespace bench {

constexpr int64_t kClasses = 10;

struct ModelShape {
  std::string name;
  int64_t batch, channels, size;  ///< of the images, which are square
  double lr;
};

inline std::vector<ModelShape> model_shapes() {
  return {
      // 3x3 convolutions to 32 and 64 channels, each with ReLU and pooling, linear 128 and 10.
      {"lenet", 64, 1, 28, 0.05},
      // Twice 3x3 to 64, 128 and 256 channels with ReLU, pooled after each two, linear 256 and 10.
      {"vgg", 32, 3, 32, 0.02},
      // He et al., 2016, in the form for small images: no pooling at first, 64 to 512 channels.
      {"resnet18", 32, 3, 32, 0.02},
      // Howard et al., 2017: depthwise separable convolutions, 32 to 1024 channels.
      {"mobilenet", 32, 3, 64, 0.02},
  };
}

/// A depthwise 3x3 convolution, then one of 1x1, both with batch norm and ReLU.
struct MobileLayer {
  int64_t in_channels, out_channels, stride;
};

inline std::vector<MobileLayer> mobile_layers() {
  std::vector<MobileLayer> layers = {{32, 64, 1},   {64, 128, 2},  {128, 128, 1},
                                     {128, 256, 2}, {256, 256, 1}, {256, 512, 2}};
  for (int i = 0; i < 5; ++i) layers.push_back({512, 512, 1});
  layers.push_back({512, 1024, 2});
  layers.push_back({1024, 1024, 1});
  return layers;
}

struct Batch {
  std::vector<float> images;
  std::vector<int64_t> labels;
};

/// Noise with a bright bar whose place tells the label, so that a falling loss shows real training.
/// The second half of the batches repeats the first with every other label changed: no model can
/// learn both, so gradients never sink to denormal numbers, which would distort the timing.
inline std::vector<Batch> make_batches(const ModelShape& shape) {
  constexpr int64_t kBatches = 8;
  const int64_t pixels = shape.channels * shape.size * shape.size;
  std::vector<Batch> batches;
  Noise source(1);
  for (int64_t b = 0; b < kBatches / 2; ++b) {
    batches.push_back({noise(shape.batch * pixels, static_cast<uint64_t>(b), 0.5F), {}});
    for (int64_t n = 0; n < shape.batch; ++n) {
      const auto label = static_cast<int64_t>(source.next() % kClasses);
      batches.back().labels.push_back(label);
      float* row = &batches.back().images[n * pixels + (label + 1) * shape.size / 12 * shape.size];
      for (int64_t x = 0; x < shape.size; ++x) row[x] += 1.0F;
    }
  }
  for (int64_t b = 0; b < kBatches / 2; ++b) {
    batches.push_back(batches[b]);
    for (int64_t n = 0; n < shape.batch; n += 2) {
      batches.back().labels[n] = (batches.back().labels[n] + 5) % kClasses;
    }
  }
  return batches;
}

/// Whole training steps: forward, cross entropy, backward, SGD with momentum 0.9. Library has
/// Trainer(shape, batches) with loss(batch), a number, and step(batch).
template <class Library>
class Training {
 public:
  explicit Training(const ModelShape& shape)
      : batches_(make_batches(shape)), trainer_(shape, batches_), first_loss_(trainer_.loss(0)) {}

  void step() { trainer_.step(static_cast<size_t>(steps_++) % batches_.size()); }

  /// @throws std::runtime_error if nothing was learnt, in so many steps that something should be.
  void check() {
    const double loss = trainer_.loss(0);
    if (std::isfinite(loss) && (loss < first_loss_ || steps_ < 100)) return;
    throw std::runtime_error("did not learn in " + std::to_string(steps_) +
                             " steps: the loss went from " + std::to_string(first_loss_) + " to " +
                             std::to_string(loss));
  }

 private:
  std::vector<Batch> batches_;
  typename Library::Trainer trainer_;
  double first_loss_;
  int64_t steps_ = 0;
};

template <class Library>
Cases train_cases() {
  Cases cases;
  for (const ModelShape& shape : model_shapes()) {
    cases.push_back({shape.name, static_cast<double>(shape.batch), [=] {
                       auto training = std::make_shared<Training<Library>>(shape);
                       Prepared prepared;
                       prepared.run = [=] { training->step(); };
                       prepared.check = [=] { training->check(); };
                       return prepared;
                     }});
  }
  return cases;
}

/// MODEL/batch and MODEL/single: images through a model in evaluation mode, without gradients.
/// Library has
/// Predictor(shape, batch) with run(), which keeps the result, and value(), a number made of it.
template <class Library>
Cases infer_cases() {
  Cases cases;
  for (const ModelShape& shape : model_shapes()) {
    for (const bool single : {false, true}) {
      ModelShape images = shape;
      if (single) images.batch = 1;
      cases.push_back(
          {shape.name + (single ? "/single" : "/batch"), static_cast<double>(images.batch), [=] {
             auto predictor =
                 std::make_shared<typename Library::Predictor>(images, make_batches(images)[0]);
             Prepared prepared;
             prepared.run = [=] { predictor->run(); };
             prepared.check = [=] {
               if (!std::isfinite(predictor->value())) {
                 throw std::runtime_error("computes what is not a number");
               }
             };
             return prepared;
           }});
    }
  }
  return cases;
}

}  // namespace bench
