// What stdout is connected to.
#pragma once

namespace mnist_cnn {

/// True if stdout is a terminal that can move its cursor.
bool is_terminal();

/// True if the terminal may be given colours (https://no-color.org).
bool has_colors();

/// Columns of the terminal, 80 where that is unknown.
int terminal_width();

}  // namespace mnist_cnn
