// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "difftrack/plot/figure.hpp"
#include "difftrack/plot/raster.hpp"

namespace difftrack::plot {

/// A table of text; columns whose cells are all numbers stand right.
struct Table {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
  std::vector<std::size_t> bad = {};  ///< rows to be seen at once
};

/// A part of a page: what it shows, then rasters and figures side by side, then tables.
struct Section {
  std::string title;
  std::string text = {};  ///< one paragraph
  std::vector<Figure> figures = {};
  std::vector<Table> tables = {};
  std::vector<Raster> rasters = {};
};

/// A page as data; all text is plain and is escaped.
struct Page {
  std::string title;
  std::string text = {};  ///< one paragraph below the title
  std::vector<Section> sections = {};
};

/// The page as one HTML file that needs no network and no script: figures as inline SVG and rasters as PNG with their
/// numbers as CSV behind a link, tables with theirs, light or dark as the reader's system is, and without links on
/// paper. Throws core::InputError as check() does.
std::string html(const Page& page);

/// `<svg>`, link to the CSV and note, as html() puts them into a page.
std::string figure_html(const Figure& figure);

/// What stands before the body: document type, language, character set, escaped title, style.
std::string page_head(const std::string& title);

}  // namespace difftrack::plot
