// Light, dark, or as the system has it. This is the only thing that the page stores.

const order = ["system", "light", "dark"];

export function themeButton(button) {
  let theme = stored();
  const show = () => {
    if (theme === "system") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = `Theme: ${theme}`;
  };
  button.addEventListener("click", () => {
    theme = order[(order.indexOf(theme) + 1) % order.length];
    try {
      localStorage.setItem("theme", theme);
    } catch { /* the browser stores nothing: it holds until the page is closed */ }
    show();
  });
  show();
}

function stored() {
  try {
    const theme = localStorage.getItem("theme");
    return order.includes(theme) ? theme : "system";
  } catch {
    return "system";
  }
}
