const show = text => { document.getElementById('result').textContent = text; };
document.getElementById('origin').textContent = location.origin;
for (const method of ['GET', 'PUT', 'DELETE']) {
  document.getElementById(method.toLowerCase()).onclick = async () => {
    try {
      const answer = await fetch('http://localhost:8080/', { method, headers: { 'X-Shop': 'flowers' } });
      show(`${answer.status} ${await answer.text()}\nX-Left: ${answer.headers.get('X-Left')}`);
    } catch (error) {
      show(`The browser does not let this page call: ${error.message}`);
    }
  };
}
