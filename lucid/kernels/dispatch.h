// Which kernels run: chosen once, at first use, from what the processor offers.
#pragma once

#include "lucid/kernels/table.h"

namespace lucid::kernels {

/// The table in use. T is float or double. Hoist it out of loops.
template <class T>
const KernelTable<T>& active() noexcept;

/// Tables compiled in and usable on this processor, slowest ("reference") first.
int available_count() noexcept;
const char* available_name(int index) noexcept;
/// The table of that name, or null if it is unknown or the processor lacks the instructions.
template <class T>
const KernelTable<T>* find(const char* name) noexcept;

/// Makes the named table the active one for all later calls. False, and nothing changes, if it is
/// not available. Not to be called while kernels run.
bool select(const char* name) noexcept;

/// The value of the environment variable LUCID_ARCH if it names no available table, else null. The
/// best table is active then; the layer above turns it into an error.
const char* rejected_request() noexcept;

}  // namespace lucid::kernels
