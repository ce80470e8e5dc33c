// The rows of a file go into the text of a form, as if they were pasted.
const most = 5_000_000;

for (const input of document.querySelectorAll("[data-rows-into]")) {
  const rows = document.getElementById(input.dataset.rowsInto);
  input.parentElement.hidden = false;
  input.addEventListener("change", async () => {
    const [file] = input.files;
    const bytes = file && file.size <= most ? await file.arrayBuffer() : undefined;
    input.setCustomValidity(wrong(file, bytes));
    if (!input.reportValidity() || !bytes) return;
    rows.value = text(bytes);
    rows.dispatchEvent(new Event("input", { bubbles: true }));
  });
}

// wrong says why a file cannot be read; "" if it can, or there is none.
function wrong(file, bytes) {
  if (file && !bytes) return "This file has more than 5 MB. Split it, or send it to the API.";
  const [first, second, third] = new Uint8Array(bytes ?? 0);
  const packed = first === 0x50 && second === 0x4b && third === 0x03;
  return packed ? "This is a workbook. Save it as CSV, or copy its cells and paste them." : "";
}

// text reads what spreadsheets write: UTF-8, UTF-16 with its mark, or what Windows had before both.
function text(bytes) {
  const [first, second] = new Uint8Array(bytes);
  if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
