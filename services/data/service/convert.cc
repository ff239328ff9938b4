#include "services/data/service/convert.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "common/canonical/canonical.h"
#include "common/numeric/abi.h"
#include "common/text/time.h"
#include "services/data/engine/digest.h"
#include "services/data/engine/revision.h"
#include "services/data/service/arrival_convert.h"
#include "services/data/service/sheet_options.h"

namespace farrell::data {
namespace {

v1::Column::Type TypeOf(bool is_text) { return is_text ? v1::Column::TYPE_TEXT : v1::Column::TYPE_NUMBER; }

// Hashing a million cells costs more than sending them, and a column of the snapshot has its digest already.
std::string DigestOf(const ColumnPtr& column, const Keys& keys, const Snapshot& snapshot) {
  if (&keys == snapshot.table.keys.get()) {
    for (std::size_t index = 0; index < snapshot.table.columns.size(); ++index) {
      if (snapshot.table.columns[index] == column) return snapshot.info.columns[index].digest;
    }
  }
  return ColumnDigest(*column, keys.order);
}

}  // namespace

std::optional<std::int64_t> EmbargoOf(const std::string& written) {
  if (written.empty()) return 0;
  const std::optional<text::SystemTime> time = text::ParseTime(written);
  if (!time) return {};
  return std::chrono::duration_cast<std::chrono::seconds>(time->time_since_epoch()).count();
}

std::string EmbargoText(std::int64_t until) {
  return until == 0 ? "" : text::FormatTime(text::SystemTime(std::chrono::seconds(until)));
}

Result<ImportSettings> ToSettings(const v1::ImportOptions& options) {
  ImportSettings settings;
  settings.unit_key = options.unit_key();
  settings.time_key = options.time_key();
  settings.missing_markers.assign(options.missing_markers().begin(), options.missing_markers().end());
  settings.synthetic = options.synthetic();
  settings.source = options.source();
  settings.known_at = options.known_at();
  for (const v1::ColumnMetadata& column : options.columns()) {
    settings.columns.push_back({column.name(), column.label(), column.unit(), column.source()});
  }
  const Status checked = CheckSettings(settings);
  std::vector<FieldViolation> violations = checked.violations();
  if (!options.dataset().empty() && options.release().empty()) {
    violations.push_back({"options.release", "a release needs a name: the dataset is " + options.dataset()});
  }
  if (options.dataset().empty() && !options.release().empty()) {
    violations.push_back({"options.dataset", "required with a release"});
  }
  if (options.dataset().find('@') != std::string::npos) {
    violations.push_back({"options.dataset", "a dataset name must not contain @, which separates the release"});
  }
  if (options.dataset().find(':') != std::string::npos) {
    violations.push_back({"options.dataset", "a dataset name must not contain :, which ends dataset: and snapshot:"});
  }
  if (options.release().starts_with(kKnown.substr(1))) {
    violations.push_back({"options.release", "must not begin with known:, which asks for what was known on a day"});
  }
  if (options.update() && options.dataset().empty()) {
    violations.push_back({"options.update", "goes with a dataset: an update is laid over what it knew"});
  }
  if (options.update() && options.unit_key().empty()) {
    violations.push_back({"options.unit_key", "required for an update: its cells are found by their unit"});
  }
  if (!EmbargoOf(options.embargo_until())) {
    violations.push_back({"options.embargo_until", std::string(kTimestampNeeded)});
  }
  if (!options.embargo_until().empty() && options.dataset().empty()) {
    violations.push_back({"options.embargo_until", "goes with a dataset: an embargo is a release's"});
  }
  CheckSheetOptions(options, violations);
  Violations breaks;
  for (int column = 0; column < options.columns_size(); ++column) {
    const v1::ColumnMetadata& metadata = options.columns(column);
    for (int index = 0; index < metadata.breaks_size(); ++index) {
      const std::string at = "options.columns[" + std::to_string(column) + "].breaks[" + std::to_string(index) + "]";
      (void)FromProto(metadata.breaks(index), metadata.name(), at, breaks);
    }
  }
  const Status broken = std::move(breaks).Finish("", "");
  violations.insert(violations.end(), broken.violations().begin(), broken.violations().end());
  if (violations.empty()) return settings;
  return InvalidArgument("IMPORT_OPTIONS_INVALID", "the import options cannot be used")
      .WithViolations(std::move(violations));
}

Store::Name ToName(const v1::ImportOptions& options) {
  Store::Name name{.dataset = options.dataset(),
                   .release = options.release(),
                   .embargo_until = EmbargoOf(options.embargo_until()).value_or(0),
                   .update = options.update()};
  Violations checked_before;
  for (const v1::ColumnMetadata& column : options.columns()) {
    for (const v1::DeclaredBreak& each : column.breaks()) {
      name.breaks.push_back(FromProto(each, column.name(), "", checked_before));
    }
  }
  return name;
}

v1::Snapshot ToProto(const SnapshotInfo& info) {
  v1::Snapshot proto;
  proto.set_digest(info.digest);
  proto.set_unit_key(info.unit_key);
  proto.set_time_key(info.time_key);
  proto.set_row_count(info.row_count);
  proto.set_unit_count(info.unit_count);
  for (const ColumnInfo& column : info.columns) {
    v1::Column& out = *proto.add_columns();
    out.set_name(column.name);
    out.set_type(TypeOf(column.is_text));
    out.set_digest(column.digest);
    out.set_missing_count(column.missing_count);
    out.set_expression(column.expression);
    out.mutable_metadata()->set_name(column.name);
    out.mutable_metadata()->set_label(column.label);
    out.mutable_metadata()->set_unit(column.unit);
    out.mutable_metadata()->set_source(column.source);
  }
  for (const PeriodSlice& slice : info.periods) {
    v1::PeriodSlice& out = *proto.add_periods();
    if (slice.period) out.set_period(*slice.period);
    out.set_digest(slice.digest);
    out.set_row_count(slice.row_count);
  }
  proto.set_synthetic(info.synthetic);
  proto.set_known_at(info.known_at);
  proto.set_source(info.source);
  return proto;
}

v1::TableProblem ToProto(const TableProblem& problem) {
  v1::TableProblem proto;
  proto.set_row(problem.row);
  proto.set_column(problem.column);
  proto.set_value(problem.value);
  proto.set_reason(problem.reason);
  proto.set_message(problem.message);
  return proto;
}

v1::Dataset ToProto(const StoredDataset& dataset) {
  v1::Dataset proto;
  proto.set_name(dataset.written);
  proto.set_project(dataset.project);
  for (const StoredRelease& release : dataset.releases) {
    v1::Release& out = *proto.add_releases();
    out.set_name(release.name);
    out.set_snapshot_digest(release.snapshot_digest);
    out.set_row_count(release.row_count);
    out.set_synthetic(release.synthetic);
    out.set_known_at(release.known_at);
    out.set_source(release.source);
    out.set_embargo_until(EmbargoText(release.embargo_until));
    out.set_update(release.update);
    out.set_source_digest(release.source_digest);
    out.set_recorded_at(EmbargoText(release.recorded_at));
  }
  return proto;
}

DerivationSpec ToDerivation(const common::v1::Derivation& derivation) {
  return {derivation.name(), derivation.expression(), derivation.label(), derivation.unit()};
}

Result<ViewSpec> ToViewSpec(const common::v1::TableSpec& table) {
  if (table.snapshot_digest().empty()) {
    return InvalidArgument("FIELD_REQUIRED", "the table has no snapshot digest")
        .WithViolations({{"table.snapshot_digest", "required: the digest of a snapshot, as ImportTable returned it"}});
  }
  ViewSpec spec;
  for (const common::v1::Derivation& derivation : table.derivations()) {
    spec.derivations.push_back(ToDerivation(derivation));
  }
  spec.where = table.where();
  spec.unit_key = table.unit_key();
  spec.time_key = table.time_key();
  return spec;
}

v1::TableHeader ToHeader(const View& view, const Snapshot& snapshot) {
  v1::TableHeader header;
  const Keys& keys = *view.table.keys;
  header.set_row_count(static_cast<std::int64_t>(view.rows.size()));
  for (const ColumnPtr& column : view.columns) {
    v1::Column& out = *header.add_columns();
    out.set_name(column->name);
    out.set_type(TypeOf(column->is_text));
    out.set_digest(DigestOf(column, keys, snapshot));
    out.set_missing_count(column->MissingCount());
    out.set_expression(column->expression);
    out.mutable_metadata()->set_name(column->name);
    out.mutable_metadata()->set_label(column->label);
    out.mutable_metadata()->set_unit(column->unit);
    out.mutable_metadata()->set_source(column->source);
  }
  for (const std::int64_t row : view.rows) {
    header.add_rows(row);
    header.add_units(keys.units[static_cast<std::size_t>(row)]);
    if (keys.has_time()) header.add_periods(keys.times[static_cast<std::size_t>(row)]);
  }
  header.set_unit_key(keys.unit_key);
  header.set_time_key(keys.time_key);
  header.set_synthetic(view.table.synthetic);
  header.set_known_at(view.table.known_at);
  return header;
}

v1::ColumnChunk ToChunk(const View& view, std::size_t column, std::size_t first, std::size_t count) {
  const Column& cells = *view.columns[column];
  v1::ColumnChunk chunk;
  chunk.set_column(static_cast<std::int32_t>(column));
  chunk.set_first_row(static_cast<std::int64_t>(first));
  std::string missing(count, '\0');
  bool any_missing = false;
  for (std::size_t index = 0; index < count; ++index) {
    const auto row = static_cast<std::size_t>(view.rows[first + index]);
    if (cells.is_text) {
      chunk.add_texts(cells.texts[row]);
      continue;
    }
    const double value = cells.numbers[row];
    const bool is_missing = std::isnan(value);
    chunk.add_numbers(is_missing ? 0.0 : value);
    if (is_missing) missing[index] = '\1';
    any_missing = any_missing || is_missing;
  }
  if (any_missing) chunk.set_missing(std::move(missing));
  return chunk;
}

v1::ColumnDescription ToProto(const ColumnStatistics& statistics) {
  v1::ColumnDescription proto;
  proto.set_column(statistics.column);
  proto.set_group(statistics.group);
  proto.set_count(statistics.count);
  proto.set_missing_count(statistics.missing_count);
  if (statistics.mean) proto.set_mean(*statistics.mean);
  if (statistics.sd) proto.set_sd(*statistics.sd);
  if (statistics.sd_between) proto.set_sd_between(*statistics.sd_between);
  if (statistics.sd_within) proto.set_sd_within(*statistics.sd_within);
  if (statistics.min) proto.set_min(*statistics.min);
  if (statistics.p25) proto.set_p25(*statistics.p25);
  if (statistics.median) proto.set_median(*statistics.median);
  if (statistics.p75) proto.set_p75(*statistics.p75);
  if (statistics.max) proto.set_max(*statistics.max);
  return proto;
}

v1::PeriodCompleteness ToProto(const PeriodCompleteness& completeness) {
  v1::PeriodCompleteness proto;
  if (completeness.period) proto.set_period(*completeness.period);
  proto.set_unit_count(completeness.unit_count);
  for (const std::int64_t count : completeness.present_counts) proto.add_present_counts(count);
  return proto;
}

common::v1::Provenance DescriptionProvenance(const v1::DescribeTableRequest& request, const ViewSpec& spec,
                                             const View& view) {
  using canonical::Value;
  Value::Array derivations;
  for (const DerivationSpec& derivation : spec.derivations) {
    derivations.emplace_back(Value::Object{{"expression", derivation.expression}, {"name", derivation.name}});
  }
  Value::Array columns;
  for (const ColumnPtr& column : view.columns) columns.emplace_back(column->name);
  const Value action =
      Value::Object{{"engine", Value::Object{{"algo", "data"}, {"algo_rev", kAlgoRev}, {"num_abi", numeric::kNumAbi}}},
                    {"inputs", Value::Array{request.table().snapshot_digest()}},
                    {"op", "data.describe"},
                    {"result_schema", "farrell.data.v1.DescribeTableResponse"},
                    {"seed", Value()},
                    {"spec", Value::Object{{"by", request.by()},
                                           {"columns", std::move(columns)},
                                           {"derivations", std::move(derivations)},
                                           {"time_key", view.table.keys->time_key},
                                           {"unit_key", view.table.keys->unit_key},
                                           {"where", spec.where}}}};
  common::v1::Provenance provenance;
  provenance.set_snapshot_digest(request.table().snapshot_digest());
  provenance.set_known_at(view.table.known_at);
  provenance.set_action_key(canonical::Digest("farrell.action.v1", action));
  provenance.set_engine("data");
  provenance.set_algo_rev(kAlgoRev);
  provenance.set_num_abi(std::string(numeric::kNumAbi));
  provenance.set_synthetic(view.table.synthetic);
  return provenance;
}

Result<ColumnPtr> ToColumn(const v1::AttachedColumn& attached, const Table& table, const std::string& field) {
  Violations violations;
  const auto rows = static_cast<int>(table.row_count());
  auto column = std::make_shared<Column>();
  column->name = attached.name();
  column->label = attached.label();
  column->unit = attached.unit();
  column->is_text = attached.texts_size() > 0;
  if (attached.name().empty()) {
    violations.Add(field + ".name", "required");
  } else if (table.Find(attached.name()) != nullptr) {
    violations.Add(field + ".name", "the snapshot has a column " + attached.name() + " already");
  }
  const auto check_length = [&](const std::string& part, int length) {
    if (length == rows) return;
    violations.Add(field + "." + part,
                   std::to_string(length) + " entries, the snapshot has " + std::to_string(rows) + " rows");
  };
  if (column->is_text) {
    check_length("texts", attached.texts_size());
    if (attached.values_size() > 0) violations.Add(field + ".values", "a column has texts or values, not both");
    column->texts.assign(attached.texts().begin(), attached.texts().end());
  } else {
    check_length("values", attached.values_size());
    if (!attached.missing().empty()) check_length("missing", static_cast<int>(attached.missing().size()));
    column->numbers.assign(attached.values().begin(), attached.values().end());
    for (std::size_t row = 0; row < column->numbers.size(); ++row) {
      if (row < attached.missing().size() && attached.missing()[row] != '\0') {
        column->numbers[row] = kMissing;
      } else if (!std::isfinite(column->numbers[row])) {
        violations.Add(field + ".values[" + std::to_string(row) + "]",
                       "not a finite number: mark it as missing instead");
      }
    }
  }
  FARRELL_RETURN_IF_ERROR(std::move(violations).Finish("ATTACHED_COLUMN_INVALID", "an attached column cannot be used"));
  return ColumnPtr(std::move(column));
}

}  // namespace farrell::data
