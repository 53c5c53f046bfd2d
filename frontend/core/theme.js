// Runs before the first paint, so that the page never flashes in the wrong theme or frame.
{
  const { dataset } = document.documentElement;
  let chosen = null;
  try {
    chosen = localStorage.getItem("theme");
    dataset.frame = (sessionStorage.getItem("session") ?? localStorage.getItem("session")) ? "person" : "guest";
  } catch {
    // Storage may be forbidden; then the system's preference applies.
  }
  if (chosen === "light" || chosen === "dark") dataset.theme = chosen;
}
