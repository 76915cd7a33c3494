/// The style and the script of the status page.
///
/// The page's policy allows content with these hashes only; a test computes them.
enum StatusPageStyle {
    /// SHA-256 of ``css``, in Base64.
    static let styleHash = "PO+gnVt7u7tf1lcp3S9WhXDOyZsOGfGe7hWwVWaY4ng="
    /// SHA-256 of ``script``, in Base64.
    static let scriptHash = "e4aU6g2sgpRo2QLY+txLZ0irCE0/Fn9V25qwPAHaCQA="

    /// Light and dark colours, and columns that fit a phone. Sizes follow the user's font size.
    static let css: HTMLText = """

        :root { color-scheme: light dark; --ground: #fff; --text: #1d2530; --faint: #5b6675; --line: #d9dee5; --panel: #f5f7f9;
          --good: #156f3c; --bad: #b3261e; --between: #8a5a00; --mark: #1f5fbf; }
        @media (prefers-color-scheme: dark) { :root { --ground: #12161c; --text: #e3e8ee; --faint: #98a4b3; --line: #2c343f;
          --panel: #1a2029; --good: #6fd399; --bad: #ff8f85; --between: #f0c05a; --mark: #7fb2ff; } }
        * { box-sizing: border-box; }
        body { margin: 0 auto; padding: 1rem; max-width: 76rem; background: var(--ground); color: var(--text);
          font: 1rem/1.45 system-ui, sans-serif; }
        header { display: flex; flex-wrap: wrap; gap: 0 1rem; align-items: baseline; }
        h1 { font-size: 1.5rem; margin: 0; }
        h2 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
        h2 small, figcaption small, dd small, td small { font-weight: normal; }
        p { margin: .25rem 0; }
        a { color: var(--mark); }
        small, dt, th, .none, footer { color: var(--faint); }
        .good { color: var(--good); font-weight: 600; }
        .bad { color: var(--bad); font-weight: 600; }
        .between { color: var(--between); font-weight: 600; }
        .facts { display: flex; flex-wrap: wrap; gap: .5rem; margin: .75rem 0 0; }
        .facts div { flex: 1 1 8.5rem; background: var(--panel); border-radius: .4rem; padding: .5rem .75rem; min-width: 0; }
        .facts .wide { flex-basis: 100%; }
        .facts .wide dd { font-size: .95rem; font-weight: normal; }
        dt { font-size: .85rem; }
        dd { margin: 0; font-size: 1.2rem; font-weight: 600; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
        .graphs { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: .75rem; }
        figure { margin: 0; background: var(--panel); border-radius: .4rem; padding: .5rem .75rem; }
        svg { display: block; width: 100%; height: 4rem; margin-top: .25rem; }
        .line { fill: none; stroke: var(--mark); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
        .area { fill: var(--mark); opacity: .15; }
        .axis { stroke: var(--line); vector-effect: non-scaling-stroke; }
        .table { overflow-x: auto; }
        table { border-collapse: collapse; width: 100%; font-size: .92rem; }
        th, td { text-align: left; vertical-align: top; padding: .3rem .9rem .3rem 0; border-bottom: 1px solid var(--line);
          font-variant-numeric: tabular-nums; }
        th { font-weight: normal; font-size: .85rem; white-space: nowrap; }
        th:last-child, td:last-child { padding-right: 0; }
        .number { text-align: right; white-space: nowrap; }
        time, .state { white-space: nowrap; }
        pre { background: var(--panel); border-radius: .4rem; padding: .75rem; overflow-x: auto; font-size: .88rem; }
        @media (max-width: 40rem) {
          thead { display: none; }
          tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
          td, td:last-child { display: flex; justify-content: space-between; gap: 1rem; padding: .05rem 0; border: 0;
            text-align: right; white-space: normal; overflow-wrap: anywhere; }
          td::before { content: attr(data-label); flex: none; color: var(--faint); font-weight: normal; }
          td:first-child { display: block; text-align: left; font-weight: 600; }
          td:first-child::before { content: none; }
          td:empty { display: none; }
        }
        footer { margin-top: 2rem; font-size: .9rem; }
        .late { outline: 2px solid var(--bad); outline-offset: .5rem; }

        """

    /// Replaces the main element with that of a new page, every five seconds while the page is visible.
    ///
    /// The new page is parsed as a document; its scripts do not run.
    static let script: HTMLText = """

        setInterval(async () => {
          if (document.hidden) return;
          try {
            const answer = await fetch('/', { cache: 'no-store', signal: AbortSignal.timeout(4000) });
            if (!answer.ok) throw new Error(answer.status);
            const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
            const scrolled = [...document.querySelectorAll('.table')].map((table) => table.scrollLeft);
            document.querySelector('main').replaceWith(page.querySelector('main'));
            document.querySelectorAll('.table').forEach((table, index) => { table.scrollLeft = scrolled[index] || 0; });
            document.title = 'nbrouter';
          } catch (error) {
            document.title = 'nbrouter (no answer)';
            document.querySelector('header').classList.add('late');
          }
        }, 5000);

        """
}
