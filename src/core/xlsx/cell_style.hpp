// The styles of a workbook's cells, to which a worksheet refers by number.
#pragma once

#ifdef POSTGRES_H
#error "include the core's headers before postgres.h, whose macros would leak into them"
#endif

#include <string_view>

namespace export_leads::core {

/// The attribute that gives a cell its style; a cell without one is a plain number.
inline constexpr std::string_view kHeaderStyle = R"( s="1")";
inline constexpr std::string_view kTextStyle = R"( s="2")";
inline constexpr std::string_view kLeftToRightStyle = R"( s="3")";
inline constexpr std::string_view kLinesStyle = R"( s="4")";
inline constexpr std::string_view kTimestampStyle = R"( s="5")";
inline constexpr std::string_view kDateStyle = R"( s="6")";

/// xl/styles.xml, which holds these styles in this order. Every style of texts has quotePrefix, the
/// leading apostrophe that keeps a text a text when somebody edits it.
inline constexpr std::string_view kStyles =
    R"(<?xml version="1.0" encoding="UTF-8" standalone="yes"?>)"
    "\n"
    R"(<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">)"
    R"(<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\-mm\-dd\ hh:mm:ss"/>)"
    R"(<numFmt numFmtId="165" formatCode="yyyy\-mm\-dd"/></numFmts>)"
    R"(<fonts count="2"><font><sz val="11"/><name val="Arial"/><family val="2"/></font>)"
    R"(<font><b/><sz val="11"/><name val="Arial"/><family val="2"/></font></fonts>)"
    R"(<fills count="2"><fill><patternFill patternType="none"/></fill>)"
    R"(<fill><patternFill patternType="gray125"/></fill></fills>)"
    R"(<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>)"
    R"(<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>)"
    R"(<cellXfs count="7"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>)"
    R"(<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" quotePrefix="1" applyFont="1"/>)"
    R"(<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1"/>)"
    R"(<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1")"
    R"( applyAlignment="1"><alignment readingOrder="1"/></xf>)"
    R"(<xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0" quotePrefix="1")"
    R"( applyAlignment="1"><alignment vertical="top" wrapText="1"/></xf>)"
    R"(<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>)"
    R"(<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>)"
    R"(</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>)"
    R"(</styleSheet>)";

}  // namespace export_leads::core
