// SPDX-License-Identifier: Apache-2.0
#include "difftrack/plot/style.hpp"

namespace difftrack::plot {

namespace {

// Eight colours that stay apart for colour-blind readers, darker on white than on black.
constexpr const char* kLight =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#111;--grid:#e5e5e5;--rule:#ddd;--bad:#fde2e1;--heat:#1f5fa8;"
    "--in:#fff;--c0:#1f5fa8;--c1:#c2410c;--c2:#15803d;--c3:#7c3aed;--c4:#a16207;--c5:#475569;--c6:#be185d;"
    "--c7:#0e7490}\n";
constexpr const char* kDark =
    "@media (prefers-color-scheme:dark){:root{--bg:#14171a;--fg:#e8e8e8;--grid:#2c3238;--rule:#363d44;--bad:#4a2020;"
    "--heat:#7db8f5;--in:#111;--c0:#7db8f5;--c1:#fb9a63;--c2:#63d08a;--c3:#b79bfb;--c4:#e2b84a;--c5:#a3b1c2;"
    "--c6:#f58bbb;--c7:#5cc9dd}}\n";
constexpr const char* kFigures = R"(svg .t{font-weight:600;font-size:12.5px}svg .g{stroke:var(--grid);fill:none}
svg .n{fill:none}svg .l{fill:none;stroke-width:1.5}svg .b{fill:none;stroke-width:1}
svg .m{fill:var(--bg);stroke-width:1.6}svg .h{fill:var(--heat)}svg .i{fill:var(--in)}
svg .c0{stroke:var(--c0)}svg .c1{stroke:var(--c1)}svg .c2{stroke:var(--c2)}svg .c3{stroke:var(--c3)}
svg .c4{stroke:var(--c4)}svg .c5{stroke:var(--c5)}svg .c6{stroke:var(--c6)}svg .c7{stroke:var(--c7)}
svg .k{stroke:none}svg .k.c0{fill:var(--c0)}svg .k.c1{fill:var(--c1)}svg .k.c2{fill:var(--c2)}
svg .k.c3{fill:var(--c3)}svg .k.c4{fill:var(--c4)}svg .k.c5{fill:var(--c5)}svg .k.c6{fill:var(--c6)}
svg .k.c7{fill:var(--c7)}
)";
constexpr const char* kPage = R"(body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1040px;
padding:0 1rem;color:var(--fg);background:var(--bg)}
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2rem}a{color:var(--c0)}
table{border-collapse:collapse;width:100%;font-size:.86rem;margin:.6rem 0}
td,th{padding:.22rem .5rem;border-bottom:1px solid var(--rule);text-align:left}td.w{overflow-wrap:anywhere}
.wide{overflow-x:auto}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums}.bad td{background:var(--bad)}
img.raster{image-rendering:pixelated;max-width:100%}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(440px,100%),1fr));gap:1rem}
figure{margin:0;break-inside:avoid}figcaption{font-size:.8rem}
svg.figure{width:100%;height:auto;font:11px system-ui,sans-serif;fill:var(--fg)}
@media print{:root{--bg:#fff;--fg:#000;--grid:#ddd;--rule:#bbb}body{margin:0;max-width:none}.csv{display:none}
.plots{grid-template-columns:1fr 1fr}}
)";

}  // namespace

std::string page_style() { return std::string("<style>\n") + kLight + kDark + kPage + kFigures + "</style>"; }

std::string picture_style() { return std::string(kLight) + kFigures; }

}  // namespace difftrack::plot
