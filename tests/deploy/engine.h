// A container engine of the test's own, with images built from what this build made. Needs root, Debian's docker.io,
// docker-compose and mmdebstrap, and the way to Debian's packages.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"

namespace farrell::testing {

class Engine {
 public:
  Engine() = default;
  ~Engine();  // containers, volumes and the engine go
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  // Empty when it runs; otherwise what is missing, for a test to skip.
  std::string Start();

  // Makes debian:bookworm-slim from Debian's packages, as no registry can be counted on. Empty, or why it failed.
  std::string MakeBase();

  // `docker ARGUMENTS...` on this engine.
  Finished Docker(std::vector<std::string> arguments, std::chrono::seconds limit = std::chrono::seconds(300)) const;
  // `docker-compose ARGUMENTS...` with the project's file and stand-ins for the images of others.
  Finished Compose(std::vector<std::string> arguments, std::chrono::seconds limit = std::chrono::seconds(300));

  const TempDir& dir() const { return dir_; }
  std::string log() const { return ReadFile(dir_ / "dockerd.log"); }

 private:
  std::map<std::string, std::string> Environment() const;

  TempDir dir_;
  std::unique_ptr<Process> daemon_;
  bool composed_ = false;
};

}  // namespace farrell::testing
