#include "services/dea/service/unit_store.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <algorithm>
#include <limits>

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

void AppendStored(std::string& stored, std::string_view unit) {
  std::uint8_t header[16];
  std::uint8_t* end = CodedOutputStream::WriteVarint32ToArray(Tag(v1::StoredEvaluation::kUnitsFieldNumber), header);
  end = CodedOutputStream::WriteVarint32ToArray(static_cast<std::uint32_t>(unit.size()), end);
  stored.append(reinterpret_cast<const char*>(header), static_cast<std::size_t>(end - header));
  stored += unit;
}

bool SplitStored(std::string_view stored, std::vector<std::string_view>& units, std::string_view& summary) {
  if (stored.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return false;
  CodedInputStream input(reinterpret_cast<const std::uint8_t*>(stored.data()), static_cast<int>(stored.size()));
  while (const std::uint32_t tag = input.ReadTag()) {
    std::uint32_t size = 0;
    if (!input.ReadVarint32(&size)) return false;
    const std::string_view bytes = stored.substr(static_cast<std::size_t>(input.CurrentPosition())).substr(0, size);
    if (bytes.size() != size || !input.Skip(static_cast<int>(size))) return false;
    if (tag == Tag(v1::StoredEvaluation::kUnitsFieldNumber)) {
      units.push_back(bytes);
    } else if (tag == Tag(v1::StoredEvaluation::kSummaryFieldNumber)) {
      summary = bytes;
    } else {
      return false;
    }
  }
  return static_cast<std::size_t>(input.CurrentPosition()) == stored.size();
}

}  // namespace farrell::dea
