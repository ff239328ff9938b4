#include "services/dea/service/unit_store.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <cstring>
#include <limits>

#include "farrell/dea/v1/task.pb.h"

namespace farrell::dea {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;
using google::protobuf::io::CodedOutputStream;

constexpr std::size_t kPieceBytes = std::size_t{1} << 20U;

constexpr std::uint32_t Tag(int field) {
  return WireFormatLite::MakeTag(field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
}

}  // namespace

void UnitStore::PutBytes(std::size_t row, std::string_view bytes) {
  if (pieces_.empty() || pieces_.back().size() + bytes.size() > pieces_.back().capacity()) {
    pieces_.emplace_back();
    pieces_.back().reserve(std::max(kPieceBytes, bytes.size()));
  }
  std::string& piece = pieces_.back();
  places_[row] = {static_cast<std::uint32_t>(pieces_.size() - 1), static_cast<std::uint32_t>(piece.size()),
                  static_cast<std::uint32_t>(bytes.size())};
  piece += bytes;
  byte_count_ += bytes.size();
}

std::string_view UnitStore::at(std::size_t row) const {
  const Place& place = places_[row];
  if (place.size == 0) return {};
  return std::string_view(pieces_[place.piece]).substr(place.offset, place.size);
}

void UnitStore::AppendTo(std::string& stored, std::size_t row) const { AppendStored(stored, at(row)); }

namespace {

void Append(std::string& out, std::uint32_t tag, std::string_view bytes) {
  std::uint8_t header[16];
  std::uint8_t* end = CodedOutputStream::WriteVarint32ToArray(tag, header);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(bytes.size()), end);
  out.append(reinterpret_cast<const char*>(header), static_cast<std::size_t>(end - header));
  out += bytes;
}

// Hands out the fields of a message that are all bytes; false when it is not one, or `take` refuses a field.
template <typename Take>
bool SplitFields(std::string_view message, const Take& take) {
  if (message.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(message.data()), static_cast<int>(message.size()));
  while (const std::uint32_t tag = input.ReadTag()) {
    std::uint32_t size = 0;
    if (!input.ReadVarint32(&size)) return false;
    const std::string_view bytes = message.substr(static_cast<std::size_t>(input.CurrentPosition())).substr(0, size);
    if (bytes.size() != size || !input.Skip(static_cast<int>(size)) || !take(tag, bytes)) return false;
  }
  return static_cast<std::size_t>(input.CurrentPosition()) == message.size();
}

}  // namespace

void AppendStored(std::string& stored, std::string_view unit) {
  Append(stored, Tag(v1::StoredEvaluation::kUnitsFieldNumber), unit);
}

void AppendProof(std::string& part, std::string_view proof) {
  Append(part, Tag(v1::ScoredPart::kProofsFieldNumber), proof);
}

bool SplitStored(std::string_view stored, std::vector<std::string_view>& units, std::string_view& summary) {
  return SplitFields(stored, [&](std::uint32_t tag, std::string_view bytes) {
    if (tag == Tag(v1::StoredEvaluation::kUnitsFieldNumber)) {
      units.push_back(bytes);
      return true;
    }
    summary = bytes;
    return tag == Tag(v1::StoredEvaluation::kSummaryFieldNumber);
  });
}

std::string_view BytesOfProof(const std::vector<double>& proof) {
  return {reinterpret_cast<const char*>(proof.data()), proof.size() * sizeof(double)};
}

std::vector<double> ProofFromBytes(std::string_view bytes) {
  std::vector<double> proof(bytes.size() / sizeof(double));
  std::memcpy(proof.data(), bytes.data(), proof.size() * sizeof(double));
  return proof;
}

bool SplitPart(std::string_view part, std::vector<std::string_view>& units, std::vector<std::string_view>& proofs) {
  static_assert(Tag(v1::ScoredPart::kUnitsFieldNumber) == Tag(v1::StoredEvaluation::kUnitsFieldNumber));
  return SplitFields(part, [&](std::uint32_t tag, std::string_view bytes) {
    if (tag == Tag(v1::ScoredPart::kUnitsFieldNumber)) {
      units.push_back(bytes);
      return true;
    }
    proofs.push_back(bytes);
    return tag == Tag(v1::ScoredPart::kProofsFieldNumber);
  });
}

}  // namespace farrell::dea
