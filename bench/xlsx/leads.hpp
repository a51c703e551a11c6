// Leads as a Hebrew CRM has them, the same in every run, for the benchmarks of workbooks.
#pragma once

#include <cstdint>
#include <ctime>
#include <random>
#include <string>
#include <vector>

namespace export_leads::bench {

/// The eleven columns of an export, without the two that are the same in every row.
struct Lead {
  std::int64_t id;
  std::string full_name;
  std::string phone;
  std::string email;
  std::int64_t created_at;  ///< in microseconds since 2000-01-01
  std::int64_t last_call_at;
  std::string last_call_status;
  std::string source;
  std::string notes;
};

inline constexpr const char* kStatusName = "new";
inline constexpr const char* kStatusLabel = "ליד חדש";

inline std::vector<Lead> make_leads(std::size_t count) {
  static const std::vector<std::string> kFirst{"משה", "דוד",   "יוסף",  "שרה",  "רחל",
                                               "לאה", "אברהם", "יעקב",  "מרים", "נועה",
                                               "תמר", "איתן",  "ליאור", "שירה", "Dana"};
  static const std::vector<std::string> kLast{"כהן",    "לוי",  "מזרחי", "פרץ", "ביטון",  "דהן",
                                              "פרידמן", "מלכה", "יוסף",  "כץ",  "אזולאי", "אוחיון"};
  static const std::vector<std::string> kNotes{
      "לחזור בשבוע הבא",
      "מעוניין בהצעת מחיר",
      "לא ענה",
      "ביקש שנחזור אליו אחרי החגים",
      "דיבר עם נציג, שלח מסמכים במייל",
      "חברה בע\"מ - להעביר לסמנכ\"ל",
      "הלקוח מעוניין בחבילה הגדולה & צריך אישור של שותף",
  };
  static const std::vector<std::string> kSources{"facebook", "google", "landing_page", "whatsapp"};
  static const std::vector<std::string> kCalls{"no_answer", "answered", "busy", "failed",
                                               "completed"};
  std::mt19937 random{2025};
  const auto one_of = [&](const auto& texts) { return texts[random() % texts.size()]; };
  std::vector<Lead> leads;
  leads.reserve(count);
  std::int64_t created_at = 819'800'000'000'000;
  for (std::size_t i = 0; i < count; ++i) {
    created_at -= static_cast<std::int64_t>(random() % 100'000'000);
    const std::string digits = std::to_string(10'000'000 + random() % 90'000'000);
    leads.push_back(
        {static_cast<std::int64_t>(3'000'000 - i), one_of(kFirst) + " " + one_of(kLast),
         "+9725" + digits, "user" + std::to_string(random() % 1'000'000) + "@example.co.il",
         created_at, created_at + static_cast<std::int64_t>(random() % 4'000'000'000),
         one_of(kCalls), one_of(kSources),
         one_of(kNotes) + " " + std::to_string(random() % 1000) + " " + one_of(kNotes)});
  }
  return leads;
}

/// Processor time of this process, in seconds.
inline double processor_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

}  // namespace export_leads::bench
