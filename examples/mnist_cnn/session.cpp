#include "session.h"

#include "recipe.h"

namespace mnist_cnn {

Session::Session(const examples::Digits& digits, const Options& options)
    : model(make_model()),
      optimizer(make_optimizer(model, options)),
      loader(digits.images, {.batch_size = options.batch_size,
                             .shuffle = true,
                             .seed = static_cast<uint64_t>(options.seed)}),
      epochs(options.epochs),
      steps(epochs * loader.size()),
      schedule(*optimizer,
               [steps = steps](int64_t step) { return learning_rate_factor(step, steps); }) {}

}  // namespace mnist_cnn
