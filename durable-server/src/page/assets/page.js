// The script of the pages of `durable serve`. Everything can be read and done without it; it adds live parts,
// zoom, copying, a keyboard and local checks.
"use strict";

(() => {
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const main = () => $("#main");

  // What happens is said to those who do not see it.
  const say = (text) => { $("#said").textContent = text; };

  const outcome = () => $("h1 .status")?.lastChild.textContent.trim();

  // Renews the page. What had the focus keeps it; if that is gone, the content gets it, not the start of the page.
  const renew = async (address) => {
    const focused = main().contains(document.activeElement) && document.activeElement;
    const before = outcome();
    await htmx.ajax("GET", address, {
      source: "#main", target: "#main", select: "#main", swap: "outerMorph",
    });
    if (focused && document.activeElement === document.body) main().focus({ preventScroll: true });
    const now = outcome();
    if (before && now && before !== now) say(`Status: ${now}`);
  };

  // Live parts: the server says that what the page shows has changed, and the page loads itself again.
  let source = null;
  let loading = false;
  let wanted = null;

  const connection = (text, lost) => {
    const sign = $(".connection");
    if (!sign) return;
    sign.hidden = false;
    if (sign.classList.contains("lost") !== lost) say(lost ? "The connection to the server is lost" : "Connected again");
    sign.textContent = text;
    sign.classList.toggle("lost", lost);
  };

  const reload = async (state) => {
    wanted = state;
    if (loading) return;
    loading = true;
    try {
      while (main().dataset.state !== wanted) {
        const before = wanted;
        await renew(location.pathname + location.search);
        if (main().dataset.state !== before && wanted === before) break;
      }
    } finally {
      loading = false;
      refresh();
    }
  };

  const connect = () => {
    const address = main()?.dataset.live;
    if (!address || source) return;
    source = new EventSource(address);
    source.onopen = () => connection("live", false);
    source.onmessage = (event) => { if (event.data !== main().dataset.state) reload(event.data); };
    source.onerror = () => connection("connection lost", true);
  };

  const disconnect = () => { source?.close(); source = null; };

  // A hidden tab holds no connection: a browser has six to a server.
  document.addEventListener("visibilitychange", () => document.hidden ? disconnect() : connect());
  addEventListener("pagehide", disconnect);
  addEventListener("pageshow", connect);

  // Details of an operation beside the chart, without loading the page.
  const select = async (link) => {
    const address = new URL(link.href);
    history.pushState(null, "", address.pathname + address.search);
    await renew(address.pathname + address.search);
    say(`Details of ${link.textContent}`);
    refresh();
    disconnect();
    connect();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-op]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0 && window.htmx) {
      event.preventDefault();
      select(link).then(() => { if (innerWidth < 900) $("#details")?.scrollIntoView({ block: "nearest" }); });
      return;
    }
    const copy = event.target.closest("[data-copy]");
    if (copy) copied(copy);
    const zoomed = event.target.closest("[data-zoom]");
    if (zoomed) zoom(zoomed.dataset.zoom);
    for (const menu of all("details.menu[open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
  });
  addEventListener("popstate", () => location.reload());

  const toast = (text) => {
    const sign = $(".toast");
    sign.textContent = text;
    sign.hidden = false;
    say(text);
    clearTimeout(toast.timer);
    toast.timer = setTimeout(() => { sign.hidden = true; }, 2500);
  };

  const copied = async (button) => {
    const from = $(button.dataset.copy);
    const text = from.value ?? from.textContent;
    try {
      await navigator.clipboard.writeText(text);
      toast("Copied");
    } catch {
      toast("The browser does not allow copying");
    }
  };

  // Zoom of the chart: its plots become wider, and the chart scrolls.
  let factor = 1;
  const zoom = (how) => {
    factor = how === "fit" ? 1 : Math.min(64, Math.max(1, factor * (how === "in" ? 2 : 0.5)));
    for (const chart of all(".chart")) chart.style.setProperty("--zoom", factor);
  };

  // Keys: j and k move along the operations, + and - zoom, / goes to the filters, Escape closes.
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const open = event.target.closest?.("details.menu[open]") ?? $("details.menu[open]");
      if (open) { open.open = false; $("summary", open).focus(); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input, textarea, select")) return;
    const links = all(".picture .chart a.op, table.executions a.main").filter((link) => link.offsetParent);
    const at = links.indexOf(document.activeElement);
    if (event.key === "j" && links.length) links[Math.min(at + 1, links.length - 1)].focus();
    else if (event.key === "k" && links.length) links[Math.max(at - 1, 0)].focus();
    else if (event.key === "+") zoom("in");
    else if (event.key === "-") zoom("out");
    else if (event.key === "/" && $(".filters input[name=name]")) {
      event.preventDefault();
      $(".filters input[name=name]").focus();
    }
  });

  // JSON is checked before it is sent, at the field itself.
  document.addEventListener("input", (event) => {
    if (event.target.matches("[data-json]")) check(event.target);
  });
  const check = (field) => {
    let problem = "";
    if (field.value.trim()) {
      try { JSON.parse(field.value); } catch (error) { problem = `This is not JSON: ${error.message}`; }
    }
    field.setCustomValidity(problem);
  };
  document.addEventListener("submit", (event) => {
    const field = $("[data-json]", event.target);
    if (field) check(field);
  }, true);

  // Filters act as they are changed.
  document.addEventListener("change", (event) => {
    const form = event.target.closest(".filters");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  // A file is read into the field that is sent.
  document.addEventListener("change", async (event) => {
    const into = event.target.dataset?.reads;
    if (into && event.target.files[0]) $(into).value = await event.target.files[0].text();
  });

  // After a form, reading goes on at the content.
  const ACTED = "durable-acted";
  document.addEventListener("submit", (event) => {
    if (event.target.method === "post") sessionStorage.setItem(ACTED, "yes");
  });
  if (sessionStorage.getItem(ACTED)) {
    sessionStorage.removeItem(ACTED);
    main().focus({ preventScroll: true });
  }

  // What works with the script alone is hidden until it runs.
  const refresh = () => {
    for (const hidden of all("[data-copy][hidden], .zoom[hidden], label.file[hidden]")) hidden.hidden = false;
    if (factor !== 1) for (const chart of all(".chart")) chart.style.setProperty("--zoom", factor);
  };
  refresh();
  connect();
})();
