// One file for a whole training run. tests/design/resume_test.cpp trains with it.
#include "lucid/checkpoint.h"

#include <doctest/doctest.h>

#include <vector>

#include "lucid/creation.h"
#include "lucid/random_state.h"
#include "lucid/state_values.h"
#include "tests/support/check.h"
#include "tests/support/message_of.h"
#include "tests/support/temporary_folder.h"

namespace lucid::test {
namespace {

// A part with one tensor, that writes down what is done with it.
struct Part {
  Tensor value = zeros({2});
  std::vector<std::string>* log = nullptr;
  std::string name = "part";

  StateDict state_dict() const { return {{"value", value}}; }

  CommitLoad prepare_load(const StateDict& state) {
    StateReader reader(state);
    const Tensor read = reader.read_tensor("value", value.shape(), value.dtype());
    reader.finish(name);
    note("prepare");
    // Gone with the last copy of the function.
    const std::shared_ptr<void> undo(nullptr, [this](void*) { note("drop"); });
    return [this, read, undo] {
      value.copy_(read);
      note("commit");
    };
  }

  void note(const char* what) const {
    if (log) log->push_back(std::string(what) + " " + name);
  }
};

struct Empty {
  StateDict state_dict() const { return {}; }
  CommitLoad prepare_load(const StateDict& state) {
    StateReader(state).finish("Empty");
    return [] {};
  }
};

struct Failing {
  StateDict state_dict() const { return {{"x", tensor(1)}}; }
  CommitLoad prepare_load(const StateDict&) { throw OutOfMemoryError("no memory"); }
};

struct Run {
  Part a, b;
  Generator generator{7};
  int64_t step = 0;
  double best = 0;
  Empty nothing;
  Checkpoint checkpoint;

  Run() {
    checkpoint.add("a", a);
    checkpoint.add("b", b);
    checkpoint.add("random", generator);
    checkpoint.add("step", step);
    checkpoint.add("best", best);
    checkpoint.add("nothing", nothing);
  }
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
};

TEST_CASE("a checkpoint brings all parts back") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  Run run;
  run.a.value.fill_(1.5);
  run.b.value.fill_(-2);
  run.generator.next_stream();
  run.step = int64_t{1} << 60;
  run.best = 0.1;
  run.checkpoint.save(path, {{"note", "first try"}});

  Run other;
  const Metadata metadata = other.checkpoint.load(path);
  CHECK(metadata == Metadata{{"note", "first try"}});
  CHECK(mismatch(other.a.value, {2}, {1.5, 1.5}) == "");
  CHECK(mismatch(other.b.value, {2}, {-2, -2}) == "");
  CHECK(other.generator.position() == 1);
  CHECK(other.step == int64_t{1} << 60);
  CHECK(other.best == 0.1);
  CHECK(Checkpoint::load_metadata(path) == metadata);
}

TEST_CASE("a checkpoint is a safetensors file with the parts' names in front") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  Run run;
  run.checkpoint.save(path);
  const StateDict file = load(path);
  CHECK(file.size() == 6);
  for (const char* name : {"a.value", "b.value", "random.seed", "random.position"}) {
    CHECK(file.contains(name));
  }
  CHECK(mismatch(file.at("step"), int64, {}, {0}) == "");
  CHECK(mismatch(file.at("best"), float64, {}, {0}) == "");
  CHECK(strip_prefix(file, "a.").size() == 1);
  CHECK(load_metadata(path) == Metadata{{"lucid.checkpoint", "1"}});
  CHECK(run.checkpoint.state_dict().at("a.value").impl()->storage.get() ==
        run.a.value.impl()->storage.get());
}

TEST_CASE("parts are prepared in order, and all before the first is changed") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run");
  Run run;
  run.checkpoint.save(path);
  std::vector<std::string> log;
  run.a.log = run.b.log = &log;
  run.a.name = "a";
  run.b.name = "b";
  run.checkpoint.load(path);
  CHECK(log == std::vector<std::string>{"prepare a", "prepare b", "commit a", "commit b", "drop b",
                                        "drop a"});
}

TEST_CASE("a load that fails takes back what was prepared, last first") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run");
  Run run;
  run.checkpoint.save(path);
  std::vector<std::string> log;
  run.a.log = run.b.log = &log;
  run.a.name = "a";
  run.b.name = "b";
  int64_t more = 3;
  run.checkpoint.add("more", more);
  CHECK_THROWS_AS(run.checkpoint.load(path), ValueError);
  CHECK(log == std::vector<std::string>{"prepare a", "prepare b", "drop b", "drop a"});
}

TEST_CASE("everything wrong with a checkpoint is in one error, and nothing changes") {
  const TemporaryFolder folder;
  const std::string path = folder.file("run.safetensors");
  Run run;
  run.step = 3;
  run.best = 0.5;
  const Metadata marker{{"lucid.checkpoint", "1"}};
  StateDict state = run.checkpoint.state_dict();
  state.set("a.value", ones({3}));
  state.set("step", tensor(0.5));
  state.set("best", tensor(7));
  state.set("random.seed", tensor(8));
  state.erase("b.value");
  state.insert("random.more", tensor(1));
  state.insert("optimizer.lr", tensor(1));
  state.insert("b.", tensor(1));
  state.insert("nothing.x", tensor(1));
  save(state, path, marker);
  const std::string text = message_of<ValueError>([&] { run.checkpoint.load(path); });
  CHECK(text == "Checkpoint: cannot load \"" + path + R"(", nothing was changed:
  a: load_state_dict of part failed, nothing was changed:
    value: expected shape [2], got [3]
  b: missing
  random: load_state_dict of Generator failed, nothing was changed:
    more: unexpected
  step: load_state_dict of a number failed, nothing was changed:
    step: expected an integer, got 0.5
  nothing: load_state_dict of Empty failed, nothing was changed:
    x: unexpected
  b.: unexpected
  optimizer: unexpected)");
  CHECK(mismatch(run.a.value, {2}, {0, 0}) == "");
  CHECK(run.generator.seed() == 7);
  CHECK(run.step == 3);
  CHECK(run.best == 0.5);
}

TEST_CASE("a number is not taken for a part, nor a part for a number") {
  const TemporaryFolder folder;
  Run run;
  StateDict state = run.checkpoint.state_dict();
  state.erase("step");
  state.insert("step.value", tensor(1));
  state.erase("a.value");
  state.insert("a", tensor(1));
  save(state, folder.file("run"), {{"lucid.checkpoint", "1"}});
  CHECK(wrong_error<ValueError>([&] { run.checkpoint.load(folder.file("run")); },
                                {"step: missing", "step.value: unexpected", "value: missing"}) ==
        "");
}

TEST_CASE("a file that is no checkpoint is refused by name") {
  const TemporaryFolder folder;
  Run run;
  const auto refuses = [&](const std::string& path, std::initializer_list<const char*> parts) {
    const std::string first = wrong_error<IOError>([&] { run.checkpoint.load(path); }, parts);
    return first + wrong_error<IOError>([&] { Checkpoint::load_metadata(path); }, parts);
  };
  CHECK(refuses(folder.file("nowhere"), {"nowhere"}) == "");
  CHECK(refuses(folder.write("text", "no weights here"), {"text"}) == "");
  save(run.checkpoint.state_dict(), folder.file("weights"), {{"format", "pt"}});
  CHECK(refuses(folder.file("weights"), {"weights", "no checkpoint", "lucid.checkpoint"}) == "");
  save(run.checkpoint.state_dict(), folder.file("new"), {{"lucid.checkpoint", "2"}});
  CHECK(refuses(folder.file("new"), {"new", "version \"2\"", "expected 1"}) == "");
  run.checkpoint.save(folder.file("run"));
  const std::string bytes = folder.read("run");
  CHECK(refuses(folder.write("short", bytes.substr(0, bytes.size() - 1)), {"short"}) == "");
}

TEST_CASE("running out of memory is not a fault of the file") {
  const TemporaryFolder folder;
  Part part;
  Failing failing;
  Checkpoint checkpoint;
  checkpoint.add("part", part);
  checkpoint.add("failing", failing);
  checkpoint.save(folder.file("run"));
  part.value.fill_(4);
  CHECK_THROWS_AS(checkpoint.load(folder.file("run")), OutOfMemoryError);
  CHECK(mismatch(part.value, {2}, {4, 4}) == "");
}

TEST_CASE("a checkpoint that cannot be written leaves the old one") {
  const TemporaryFolder folder;
  Run run;
  run.checkpoint.save(folder.file("run"));
  const std::string before = folder.read("run");
  CHECK(wrong_error<ValueError>(
            [&] {
              run.checkpoint.save(folder.file("run"), {{"lucid.mine", "x"}});
            },
            {"metadata", "\"lucid.mine\"", "the library's"}) == "");
  run.a.value = Tensor();
  CHECK(wrong_error<UninitializedError>([&] { run.checkpoint.save(folder.file("run")); },
                                        {"a.value"}) == "");
  CHECK(folder.read("run") == before);
  CHECK(folder.count() == 1);
}

TEST_CASE("names of parts") {
  Run run;
  int64_t number = 0;
  const auto refuses = [&](const char* name, std::initializer_list<const char*> parts) {
    return wrong_error<ValueError>([&] { run.checkpoint.add(name, number); }, parts);
  };
  CHECK(refuses("", {"Checkpoint", "is empty"}) == "");
  CHECK(refuses("a.b", {"\"a.b\"", "contains a dot"}) == "");
  CHECK(refuses("a", {"\"a\"", "is taken"}) == "");
}

}  // namespace
}  // namespace lucid::test
