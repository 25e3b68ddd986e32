// Gradient cases of image.h.
#include "autograd/functions/image.h"

#include "autograd/functions/arithmetic.h"
#include "autograd/functions/shape.h"
#include "tests/autograd/cases.h"

namespace lucid::test {
namespace {

void add_patches(GradientCases& cases, const char* what, const Shape& image,
                 const PatchGeometry& g) {
  cases.push_back({"im2col(Tensor,PatchGeometry)", what, {normal(image)}, [=](const Tensors& v) {
                     return im2col(v[0], g);
                   }});
  const Shape columns = im2col(zeros(image, {.dtype = float64}), g).shape();
  cases.push_back({"col2im(Tensor,int64_t,int64_t,PatchGeometry)",
                   what,
                   {normal(columns)},
                   [=](const Tensors& v) { return col2im(v[0], image[2], image[3], g); }});
}

}  // namespace

GradientCases image_cases() {
  GradientCases cases;
  add_patches(cases, "overlapping", {2, 2, 3, 4}, {.kernel = {2, 3}});
  add_patches(cases, "everything", {1, 2, 5, 6},
              {.kernel = {3, 2}, .dilation = {2, 1}, .padding = {1, 2}, .stride = {2, 3}});
  add_patches(cases, "unseen pixels", {1, 1, 5, 5}, {.kernel = {2, 1}, .stride = {3, 2}});
  // One input is read twice by an output, one by none.
  const SamplingTaps taps{.input = 4,
                          .output = 3,
                          .count = 2,
                          .positions = {1, 1, 0, 3, 3, 1},
                          .weights = {0.5, 1.5, -2, 1, 0, 3}};
  for (const int64_t dim : {0, 1, -1}) {
    const size_t d = dim < 0 ? 2 : static_cast<size_t>(dim);
    Shape from{2, 3, 5};
    from[d] = taps.input;
    cases.push_back(
        {"resample(Tensor,int64_t,SamplingTaps)", "", {normal(from)}, [=](const Tensors& v) {
           return resample(v[0], dim, taps);
         }});
    from[d] = taps.output;
    cases.push_back({"resample_adjoint(Tensor,int64_t,SamplingTaps)",
                     "",
                     {normal(from)},
                     [=](const Tensors& v) { return resample_adjoint(v[0], dim, taps); }});
  }
  cases.push_back({"resample(Tensor,int64_t,SamplingTaps)",
                   "permuted",
                   {normal({3, 4})},
                   [=](const Tensors& v) { return resample(transpose(v[0], 0, 1), 0, taps); }});
  return cases;
}

}  // namespace lucid::test
