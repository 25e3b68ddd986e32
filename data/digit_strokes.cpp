#include "data/digit_strokes.h"

namespace lucid::data::detail {
namespace {

constexpr Point round_zero[] = {{0.50f, 0.00f}, {0.27f, 0.16f}, {0.20f, 0.50f},
                                {0.27f, 0.84f}, {0.50f, 1.00f}, {0.73f, 0.84f},
                                {0.80f, 0.50f}, {0.73f, 0.16f}, {0.50f, 0.00f}};
constexpr Point open_zero[] = {{0.66f, 0.06f}, {0.44f, 0.03f}, {0.27f, 0.30f},
                               {0.25f, 0.68f}, {0.44f, 0.98f}, {0.66f, 0.86f},
                               {0.74f, 0.50f}, {0.66f, 0.16f}, {0.46f, 0.06f}};
constexpr Stroke zero_a[] = {{true, round_zero}};
constexpr Stroke zero_b[] = {{true, open_zero}};
constexpr Glyph zeros[] = {zero_a, zero_b};

constexpr Point one_stem[] = {{0.52f, 0.00f}, {0.50f, 1.00f}};
constexpr Point one_flagged[] = {{0.30f, 0.24f}, {0.53f, 0.00f}, {0.53f, 1.00f}};
constexpr Point one_base[] = {{0.32f, 1.00f}, {0.74f, 1.00f}};
constexpr Stroke one_a[] = {{false, one_stem}};
constexpr Stroke one_b[] = {{false, one_flagged}};
constexpr Stroke one_c[] = {{false, one_flagged}, {false, one_base}};
constexpr Glyph ones[] = {one_a, one_b, one_c};

constexpr Point two_bow[] = {{0.22f, 0.24f}, {0.36f, 0.04f}, {0.62f, 0.03f},
                             {0.75f, 0.24f}, {0.64f, 0.50f}, {0.20f, 0.98f}};
constexpr Point two_base[] = {{0.20f, 0.98f}, {0.80f, 0.98f}};
constexpr Point two_looped[] = {{0.24f, 0.18f}, {0.44f, 0.01f}, {0.69f, 0.12f}, {0.68f, 0.40f},
                                {0.48f, 0.72f}, {0.27f, 0.95f}, {0.20f, 0.84f}, {0.36f, 0.79f},
                                {0.58f, 0.95f}, {0.82f, 0.92f}};
constexpr Stroke two_a[] = {{true, two_bow}, {false, two_base}};
constexpr Stroke two_b[] = {{true, two_looped}};
constexpr Glyph twos[] = {two_a, two_b};

constexpr Point three_top[] = {
    {0.24f, 0.14f}, {0.47f, 0.00f}, {0.72f, 0.16f}, {0.64f, 0.38f}, {0.40f, 0.47f}};
constexpr Point three_bottom[] = {
    {0.40f, 0.47f}, {0.68f, 0.54f}, {0.76f, 0.76f}, {0.54f, 0.99f}, {0.22f, 0.88f}};
constexpr Point three_flat_top[] = {{0.25f, 0.02f}, {0.72f, 0.02f}, {0.42f, 0.42f}};
constexpr Point three_flat_bottom[] = {
    {0.42f, 0.42f}, {0.68f, 0.50f}, {0.75f, 0.76f}, {0.54f, 0.99f}, {0.22f, 0.90f}};
constexpr Stroke three_a[] = {{true, three_top}, {true, three_bottom}};
constexpr Stroke three_b[] = {{false, three_flat_top}, {true, three_flat_bottom}};
constexpr Glyph threes[] = {three_a, three_b};

constexpr Point four_hook[] = {{0.32f, 0.00f}, {0.20f, 0.56f}, {0.82f, 0.56f}};
constexpr Point four_stem[] = {{0.66f, 0.18f}, {0.64f, 1.00f}};
constexpr Point four_closed[] = {{0.62f, 1.00f}, {0.62f, 0.00f}, {0.17f, 0.66f}, {0.82f, 0.66f}};
constexpr Stroke four_a[] = {{false, four_hook}, {false, four_stem}};
constexpr Stroke four_b[] = {{false, four_closed}};
constexpr Glyph fours[] = {four_a, four_b};

constexpr Point five_corner[] = {{0.76f, 0.02f}, {0.32f, 0.02f}, {0.27f, 0.44f}};
constexpr Point five_bow[] = {{0.27f, 0.44f}, {0.52f, 0.36f}, {0.75f, 0.52f},
                              {0.74f, 0.80f}, {0.50f, 0.99f}, {0.20f, 0.90f}};
constexpr Point five_slanted[] = {{0.36f, 0.04f}, {0.30f, 0.40f}, {0.56f, 0.42f},
                                  {0.73f, 0.64f}, {0.60f, 0.92f}, {0.24f, 0.96f}};
constexpr Point five_hat[] = {{0.36f, 0.04f}, {0.80f, 0.00f}};
constexpr Stroke five_a[] = {{false, five_corner}, {true, five_bow}};
constexpr Stroke five_b[] = {{true, five_slanted}, {false, five_hat}};
constexpr Glyph fives[] = {five_a, five_b};

constexpr Point six_curved[] = {{0.70f, 0.03f}, {0.42f, 0.18f}, {0.25f, 0.50f}, {0.25f, 0.80f},
                                {0.44f, 0.99f}, {0.68f, 0.93f}, {0.77f, 0.73f}, {0.63f, 0.54f},
                                {0.40f, 0.57f}, {0.26f, 0.74f}};
constexpr Point six_upright[] = {{0.40f, 0.00f}, {0.28f, 0.40f}, {0.26f, 0.76f}, {0.42f, 0.99f},
                                 {0.66f, 0.92f}, {0.70f, 0.68f}, {0.50f, 0.58f}, {0.30f, 0.70f}};
constexpr Stroke six_a[] = {{true, six_curved}};
constexpr Stroke six_b[] = {{true, six_upright}};
constexpr Glyph sixes[] = {six_a, six_b};

constexpr Point seven_plain[] = {{0.20f, 0.02f}, {0.80f, 0.02f}, {0.42f, 1.00f}};
constexpr Point seven_bar[] = {{0.36f, 0.52f}, {0.76f, 0.50f}};
constexpr Point seven_hooked[] = {{0.22f, 0.18f}, {0.22f, 0.03f}, {0.78f, 0.03f}};
constexpr Point seven_leg[] = {{0.78f, 0.03f}, {0.60f, 0.36f}, {0.50f, 0.70f}, {0.48f, 1.00f}};
constexpr Stroke seven_a[] = {{false, seven_plain}};
constexpr Stroke seven_b[] = {{false, seven_plain}, {false, seven_bar}};
constexpr Stroke seven_c[] = {{false, seven_hooked}, {true, seven_leg}};
constexpr Glyph sevens[] = {seven_a, seven_b, seven_c};

constexpr Point eight_crossed[] = {{0.70f, 0.16f}, {0.50f, 0.00f}, {0.29f, 0.16f}, {0.40f, 0.40f},
                                   {0.66f, 0.60f}, {0.74f, 0.82f}, {0.50f, 1.00f}, {0.26f, 0.82f},
                                   {0.36f, 0.58f}, {0.62f, 0.38f}, {0.70f, 0.16f}};
constexpr Point eight_upper[] = {{0.50f, 0.00f}, {0.31f, 0.11f}, {0.31f, 0.36f}, {0.50f, 0.46f},
                                 {0.69f, 0.36f}, {0.69f, 0.11f}, {0.50f, 0.00f}};
constexpr Point eight_lower[] = {{0.50f, 0.46f}, {0.26f, 0.59f}, {0.27f, 0.88f}, {0.50f, 1.00f},
                                 {0.73f, 0.88f}, {0.74f, 0.59f}, {0.50f, 0.46f}};
constexpr Stroke eight_a[] = {{true, eight_crossed}};
constexpr Stroke eight_b[] = {{true, eight_upper}, {true, eight_lower}};
constexpr Glyph eights[] = {eight_a, eight_b};

constexpr Point nine_loop[] = {{0.73f, 0.22f}, {0.55f, 0.01f}, {0.32f, 0.08f}, {0.24f, 0.30f},
                               {0.40f, 0.49f}, {0.62f, 0.43f}, {0.73f, 0.22f}};
constexpr Point nine_stem[] = {{0.73f, 0.22f}, {0.66f, 1.00f}};
constexpr Point nine_tail[] = {
    {0.73f, 0.22f}, {0.72f, 0.60f}, {0.60f, 0.92f}, {0.42f, 1.00f}, {0.26f, 0.90f}};
constexpr Stroke nine_a[] = {{true, nine_loop}, {false, nine_stem}};
constexpr Stroke nine_b[] = {{true, nine_loop}, {true, nine_tail}};
constexpr Glyph nines[] = {nine_a, nine_b};

constexpr std::span<const Glyph> all[] = {zeros, ones,  twos,   threes, fours,
                                          fives, sixes, sevens, eights, nines};

}  // namespace

std::span<const Glyph> glyphs_of(int digit) noexcept {
  return all[digit];
}

}  // namespace lucid::data::detail
