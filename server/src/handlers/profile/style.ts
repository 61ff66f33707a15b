/** How a profile looks: the editor's own colours, or these where a document stands alone. */

export const profileStyle = `
.profile { max-width: 78rem; margin: 0 auto; container-type: inline-size; }
.profile h1 { margin-bottom: 0; overflow-wrap: anywhere; }
.profile header p { margin: 0.1em 0; overflow-wrap: anywhere; }
.profile .verdict { font-size: 1.25em; line-height: 1.45; margin: 1em 0; padding: 0.5em 0.9em; border-left: 4px solid var(--vscode-charts-blue); background: var(--vscode-textBlockQuote-background); }
.profile .tiles { display: grid; grid-template-columns: repeat(4, 1fr); gap: 0.9em; margin: 1em 0; }
.profile .tile { display: flex; flex-direction: column; padding: 0.7em 1em; border: 1px solid var(--vscode-widget-border, var(--vscode-panel-border, var(--vscode-contrastBorder, transparent))); border-radius: 6px; }
.profile .tile strong { font-size: 1.9em; font-weight: 600; line-height: 1.3; white-space: nowrap; }
.profile .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(36em, 100%), 1fr)); gap: 0 2em; }
.profile figure { margin: 0; overflow-x: auto; }
.profile .chart { width: 100%; min-width: 26rem; height: auto; display: block; }
.profile .chart text { fill: var(--vscode-foreground); font-size: 12px; }
.profile .chart .name { font-weight: 600; }
.profile .chart .grid { stroke: var(--vscode-foreground); stroke-opacity: 0.13; }
.profile .chart .roof { stroke: var(--vscode-foreground); stroke-width: 1.8; fill: none; }
.profile .chart .roof.dram, .profile .point.dram > * { stroke: var(--vscode-charts-blue); }
.profile .chart .roof.l2, .profile .point.l2 > * { stroke: var(--vscode-charts-green); }
.profile .chart .roof.l1, .profile .point.l1 > * { stroke: var(--vscode-charts-yellow); }
.profile .point.dram > * { fill: var(--vscode-charts-blue); }
.profile .point.l2 > * { fill: var(--vscode-charts-green); }
.profile .point.l1 > * { fill: var(--vscode-charts-yellow); }
.profile .point .drop { stroke-dasharray: 2 4; stroke-width: 1.2; }
.profile .chart .unit { fill: var(--vscode-editorWidget-background); stroke: var(--vscode-foreground); stroke-opacity: 0.5; }
.profile .chart .busy { fill: var(--vscode-charts-blue); }
.profile .chart .link { stroke: var(--vscode-charts-blue); stroke-opacity: 0.75; }
.profile .chart .arrow { fill: var(--vscode-charts-blue); }
.profile .chart [tabindex]:focus { outline: none; }
.profile .chart [tabindex]:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 3px; }
.profile .bar { width: 8em; height: 0.75em; display: block; margin-top: 0.4em; }
.profile .bar .track { fill: var(--vscode-foreground); fill-opacity: 0.1; }
.profile .bar .fill { fill: var(--vscode-charts-blue); }
.profile table { border-collapse: collapse; }
.profile th, .profile td { text-align: left; vertical-align: top; padding: 0.2em 1.2em 0.2em 0; }
.profile td.number, .profile th.number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; }
.profile td:first-child { white-space: normal; }
.profile td code { white-space: pre-wrap; overflow-wrap: anywhere; }
.profile .advice { padding-left: 1.4em; max-width: 70em; }
.profile .advice li { margin: 0.7em 0; }
.profile .gain { display: inline-block; margin-right: 0.6em; padding: 0 0.5em; border-radius: 3px; font-weight: 600; color: var(--vscode-badge-foreground); background: var(--vscode-badge-background); border: 1px solid var(--vscode-contrastBorder, transparent); }
.profile .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(36em, 100%), 1fr)); gap: 0 2.5em; }
.profile .sides > section { container-type: inline-size; min-width: 0; }
.profile .sides .charts { grid-template-columns: 1fr; }
.profile tr.better .change { color: var(--vscode-charts-green); }
.profile tr.worse .change { color: var(--vscode-errorForeground); }
.profile details { margin: 0.2em 0; }
.profile summary { cursor: pointer; }
.profile summary:focus-visible { outline: 1px solid var(--vscode-focusBorder); }
.profile .actions { display: flex; flex-wrap: wrap; gap: 0.6em; margin: 0.9em 0; align-items: center; }
.profile select { color: var(--vscode-dropdown-foreground); background: var(--vscode-dropdown-background); border: 1px solid var(--vscode-dropdown-border, var(--vscode-contrastBorder, transparent)); padding: 0.3em; font: inherit; max-width: 100%; }
@container (max-width: 46em) {
  .profile .tiles { grid-template-columns: repeat(2, 1fr); }
  .profile .bar { width: 4.5em; }
}
/* A picture that shrinks keeps its words readable. */
@container (max-width: 34em) {
  .profile .chart text { font-size: 13.5px; }
}
@container (max-width: 22em) {
  .profile th, .profile td { padding-right: 0.7em; }
}
`;

const light = `--vscode-foreground: #24292f; --vscode-editor-background: #ffffff; --vscode-descriptionForeground: #57606a; --vscode-charts-blue: #1a6fb5; --vscode-charts-green: #2d7a36; --vscode-charts-yellow: #b35900; --vscode-textBlockQuote-background: #f1f5f9; --vscode-panel-border: #d0d7de; --vscode-editorWidget-background: #f6f8fa; --vscode-badge-background: #1a6fb5; --vscode-badge-foreground: #ffffff; --vscode-testing-iconPassed: #2d7a36; --vscode-errorForeground: #b3261e; --vscode-focusBorder: #1a6fb5; --vscode-textLink-foreground: #0b5cad;`;
const dark = `--vscode-foreground: #d4d4d4; --vscode-editor-background: #1e1e1e; --vscode-descriptionForeground: #9d9d9d; --vscode-charts-blue: #4ea6ff; --vscode-charts-green: #7fcf7f; --vscode-charts-yellow: #f0a35e; --vscode-textBlockQuote-background: #2a2d31; --vscode-panel-border: #3c3c3c; --vscode-editorWidget-background: #252526; --vscode-badge-background: #0e639c; --vscode-badge-foreground: #ffffff; --vscode-testing-iconPassed: #73c991; --vscode-errorForeground: #f48771; --vscode-focusBorder: #4ea6ff; --vscode-textLink-foreground: #4ea6ff;`;

export const standaloneColors = `
:root { color-scheme: light dark; ${light} }
@media (prefers-color-scheme: dark) { :root { ${dark} } }
body { margin: 2em; font: 14px/1.5 system-ui, sans-serif; color: var(--vscode-foreground); background: var(--vscode-editor-background); }
a { color: var(--vscode-textLink-foreground); }
h2 { font-size: 1.15em; border-bottom: 1px solid var(--vscode-panel-border); padding-bottom: 0.2em; margin-top: 1.6em; }
.quiet { color: var(--vscode-descriptionForeground); }
code { font-family: ui-monospace, monospace; }
`;
