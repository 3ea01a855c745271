// Runs before the first paint, so that a chosen theme does not flash. A file of its own,
// because the content policy allows no inline script.
(function () {
  try {
    var theme = localStorage.getItem("monitron.theme");
    if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  } catch (error) {
    // Storage may be switched off; the system's choice then holds.
  }
})();
