namespace AgentTeams.Runs;

/// <summary>The style sheet of the report.</summary>
internal static class ReportStyle
{
    public static Html Sheet { get; } = new("""

        :root { color-scheme: light dark; --paper: #fbfaf7; --card: #fff; --ink: #1d2129; --muted: #6a7080; --line: #e3e1da;
          --good: #1a7f4b; --bad: #bf3b2b; --goodwash: #e7f4ec; --badwash: #fbeae7; --accent: #2d5bd0;
          --c0: #2d5bd0; --c1: #c8641b; --c2: #1a8a72; --c3: #8a4bc1; --c4: #b3275e; --c5: #66701d; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14161a; --card: #1b1e24; --ink: #e7e8ea; --muted: #979eab; --line: #2e323a;
          --good: #5cc98d; --bad: #f0806f; --goodwash: #16301f; --badwash: #3a1d19; --accent: #86a8ff;
          --c0: #86a8ff; --c1: #f0a05c; --c2: #57cdb2; --c3: #c79bf2; --c4: #f080ab; --c5: #c5cf6b; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 "Iowan Old Style", "Palatino Linotype", Palatino, Charter, Georgia, serif; }
        main { max-width: 1120px; margin: 0 auto; padding: 56px 32px 96px; }
        h1 { font-size: 2.3rem; line-height: 1.15; font-weight: 600; letter-spacing: -.01em; margin: 0 0 32px; }
        h2 { font-size: 1.4rem; font-weight: 600; margin: 0 0 6px; }
        h3 { font-size: 1.1rem; font-weight: 600; margin: 0 0 6px; }
        section { margin-top: 64px; }
        p { margin: 0; }
        .eyebrow, .label, .detail, .note, table, dl, h4, figcaption, svg text, .node span, .badge, .retry span { font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; }
        .eyebrow { color: var(--accent); font-size: .78rem; font-weight: 600; letter-spacing: .09em; text-transform: uppercase; margin-bottom: 6px; }
        .note, .muted { color: var(--muted); }
        .note { font-size: .87rem; margin-bottom: 18px; max-width: 75ch; }
        code { font-family: ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; font-size: .92em; }
        .headline { display: grid; grid-template-columns: repeat(auto-fit, minmax(200px, 1fr)); gap: 28px; border-top: 2px solid var(--ink); padding-top: 18px; }
        .figure { display: flex; flex-direction: column; }
        .label { font-size: .85rem; color: var(--muted); }
        .value { font-size: 2.9rem; line-height: 1.2; font-variant-numeric: tabular-nums lining-nums; }
        .value small { font-size: 1.2rem; margin-left: .15em; color: var(--muted); }
        .gain .value { color: var(--accent); }
        .detail { font-size: .8rem; color: var(--muted); margin-top: 4px; }
        .interval { width: 100%; height: 10px; }
        .track { fill: var(--line); } .band { fill: var(--accent); opacity: .35; } .mark { fill: var(--accent); }
        .configuration { display: flex; flex-wrap: wrap; gap: 10px 30px; margin: 32px 0 0; padding: 14px 0; border: solid var(--line); border-width: 1px 0; font-size: .87rem; }
        .configuration div { display: flex; gap: 8px; } dt { color: var(--muted); } dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
        table { width: 100%; border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: left; padding: 9px 18px 9px 0; border-bottom: 1px solid var(--line); vertical-align: top; }
        thead th { color: var(--muted); font-weight: 500; font-size: .82rem; border-bottom-color: var(--muted); }
        tbody th { font-weight: 600; } tbody tr:last-child > * { border-bottom: 0; }
        .number { text-align: right; white-space: nowrap; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(440px, 100%), 1fr)); gap: 36px; }
        .chart { margin: 0; max-width: 620px; } .chart svg { width: 100%; height: auto; display: block; }
        figcaption { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 4px 16px; font-size: .9rem; font-weight: 600; margin-bottom: 8px; }
        .legend { display: flex; flex-wrap: wrap; gap: 2px 14px; font-weight: 400; color: var(--muted); }
        .legend i { display: inline-block; width: 14px; height: 3px; border-radius: 2px; background: var(--c); vertical-align: middle; margin-right: 6px; }
        .c0 { --c: var(--c0); } .c1 { --c: var(--c1); } .c2 { --c: var(--c2); } .c3 { --c: var(--c3); } .c4 { --c: var(--c4); } .c5 { --c: var(--c5); }
        svg text { font-size: 11px; fill: var(--muted); font-variant-numeric: tabular-nums; }
        .grid { stroke: var(--line); } .dot { fill: var(--c); }
        polyline { fill: none; stroke: var(--c); stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
        polyline.raw { stroke-width: 1; opacity: .28; }
        .sample { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 24px 26px 28px; margin-top: 22px; }
        .question { font-size: 1.1rem; max-width: 80ch; margin-bottom: 4px; }
        .sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(430px, 100%), 1fr)); gap: 28px 36px; }
        h4 { font-size: .85rem; margin: 0 0 10px; }
        .badge { display: inline-block; font-size: .75rem; font-weight: 600; padding: 1px 9px; border-radius: 99px; margin-left: 6px; }
        .badge.good { color: var(--good); background: var(--goodwash); } .badge.bad { color: var(--bad); background: var(--badwash); }
        .round { list-style: none; margin: 0; padding: 0; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 18px; }
        .node { position: relative; border: 1px solid var(--line); border-radius: 7px; background: var(--paper); padding: 7px 9px 9px; min-height: 76px; }
        .node span { display: block; font-size: .7rem; color: var(--muted); margin-bottom: 3px; }
        .node code { font-size: .8rem; line-height: 1.35; display: block; overflow-wrap: anywhere; }
        .node + .node::before { content: ""; position: absolute; left: -18px; top: 50%; width: 13px; border-top: 1.5px solid var(--muted); }
        .node + .node::after { content: ""; position: absolute; left: -7px; top: 50%; margin-top: -3px; border: solid transparent; border-width: 3.7px 0 3.7px 6px; border-left-color: var(--muted); }
        .tool { border-style: dashed; } .tool code { font-weight: 600; }
        .node.good { border-color: var(--good); background: var(--goodwash); } .node.good code { color: var(--good); font-weight: 600; }
        .node.bad { border-color: var(--bad); background: var(--badwash); } .node.bad code { color: var(--bad); font-weight: 600; }
        .retry { position: relative; height: 26px; } .retry svg { width: 100%; height: 100%; display: block; }
        .retry path { fill: none; stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
        .retry::after { content: ""; position: absolute; left: 12.5%; bottom: 0; margin-left: -4px; border: solid transparent; border-width: 6px 4px 0; border-top-color: var(--bad); }
        .retry span { position: absolute; left: 50%; top: 50%; transform: translate(-50%, -50%); background: var(--card); padding: 0 8px; font-size: .7rem; color: var(--bad); }
        .wide { overflow-x: auto; } .nowrap { white-space: nowrap; } section h3 { margin-top: 26px; }
        details { margin-top: 10px; } summary { cursor: pointer; font-family: ui-sans-serif, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; font-size: .92rem; }
        .node details { margin: 0; } .node details p { font-size: .75rem; color: var(--muted); margin-top: 4px; white-space: pre-wrap; overflow-wrap: anywhere; }
        .tokens { display: flex; flex-wrap: wrap; gap: 2px; margin-top: 6px; } .tokens i { width: 9px; height: 5px; background: var(--accent); border-radius: 1px; }
        ul { padding-left: 20px; font-size: .9rem; overflow-wrap: anywhere; }
        @media print { details { display: none; } section { break-inside: avoid; } }
        @media (max-width: 560px) { main { padding: 32px 16px 64px; } .round { grid-template-columns: 1fr 1fr; } .node:nth-child(3)::before, .node:nth-child(3)::after { display: none; } }

        """);
}
