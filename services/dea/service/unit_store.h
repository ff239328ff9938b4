// The results of an evaluation as bytes, one unit of farrell.dea.v1.UnitResult a row, in a few large pieces of memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "farrell/dea/v1/dea.pb.h"

namespace farrell::dea {

class UnitStore {
 public:
  explicit UnitStore(std::size_t row_count) : places_(row_count) {}

  // Once a row.
  void PutBytes(std::size_t row, std::string_view bytes);
  bool Has(std::size_t row) const { return places_[row].size > 0; }
  std::string_view at(std::size_t row) const;

  // Appends a row to the wire form of a StoredEvaluation.
  void AppendTo(std::string& stored, std::size_t row) const;
  // Bytes of all rows so far.
  std::size_t byte_count() const { return byte_count_; }

 private:
  struct Place {
    std::uint32_t piece = 0;
    std::uint32_t offset = 0;
    std::uint32_t size = 0;  // 0: none; no unit is empty, all have a status
  };
  std::vector<Place> places_;
  std::vector<std::string> pieces_;
  std::size_t byte_count_ = 0;
};

// Appends the bytes of a unit to the wire form of a StoredEvaluation.
void AppendStored(std::string& stored, std::string_view unit);

// The units of a StoredEvaluation in their order, without parsing them; views into `stored`. False when the bytes are
// not one. `summary` receives the bytes of the summary.
bool SplitStored(std::string_view stored, std::vector<std::string_view>& units, std::string_view& summary);

// The same of a ScoredPart, whose proofs are appended by AppendProof.
void AppendProof(std::string& part, std::string_view proof);
bool SplitPart(std::string_view part, std::vector<std::string_view>& units, std::vector<std::string_view>& proofs);

// A proof (UnitScore::proof) as bytes of this machine, a view of it, and back.
std::string_view BytesOfProof(const std::vector<double>& proof);
std::vector<double> ProofFromBytes(std::string_view bytes);

}  // namespace farrell::dea
