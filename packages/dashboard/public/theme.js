// Before the first paint, so that a dark page never flashes. "system" is the absence of a choice.
const theme = localStorage.getItem("hermod.theme");
if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
