using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.KillWorkflows;

/// <summary>
/// The outside world: a model and tools that keep a ledger of the work they did, by idempotency key. What is asked again is answered from the ledger and
/// noted as asked again; the work is not done twice.
/// </summary>
internal sealed class Callee : IChatClient
{
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _ledger;
    private readonly Dictionary<string, string> _done = new(StringComparer.Ordinal);
    private readonly int _delay;
    private long _end;

    public Callee(string path, int delay)
    {
        _delay = delay;
        if (File.Exists(path))
        {
            foreach (var line in File.ReadAllText(path).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Split('\t')).Where(l => l is ["done", _, _, "."])) _done[line[1]] = line[2];
        }

        _ledger = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read);
        _end = RandomAccess.GetLength(_ledger);
    }

    public async Task<string> DoAsync(string key, string answer, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            if (_done.TryGetValue(key, out var known))
            {
                Write($"again\t{key}\t{known}\t.\n");
                return known;
            }
        }

        await Task.Delay(_delay, cancellationToken);
        lock (_gate)
        {
            _done[key] = answer;
            Write($"done\t{key}\t{answer}\t.\n");
        }

        return answer;
    }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var last = messages.Last();
        var key = options?.AdditionalProperties?["idempotency_key"] as string ?? throw new InvalidOperationException("A call came without its key.");
        if (options!.Tools is { Count: > 0 } && last.Role == ChatRole.User)
        {
            await DoAsync(key, "calls a tool", cancellationToken);
            return new(new ChatMessage(ChatRole.Assistant, [new FunctionCallContent("1", "look", new Dictionary<string, object?> { ["what"] = last.Text }), new FunctionCallContent("2", "look", new Dictionary<string, object?> { ["what"] = last.Text + "!" })]));
        }

        var heard = string.Concat(last.Contents.OfType<FunctionResultContent>().Select(r => r.Result));
        return new(new ChatMessage(ChatRole.Assistant, await DoAsync(key, $"said {last.Text}{heard}", cancellationToken)));
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        throw new NotSupportedException();

    public object? GetService(Type serviceType, object? serviceKey = null) => null;

    public void Dispose() => _ledger.Dispose();

    private void Write(string line)
    {
        var bytes = Encoding.UTF8.GetBytes(line);
        RandomAccess.Write(_ledger, bytes, _end);
        _end += bytes.Length;
    }
}
