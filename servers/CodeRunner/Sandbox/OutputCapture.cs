namespace AgentTeams.Servers;

/// <summary>Keeps what a program writes on both its streams, until that is too much.</summary>
internal sealed class OutputCapture(int limit, Action exceeded)
{
    private readonly MemoryStream[] _kept = [new(), new()];
    private long _total;

    public byte[] Stdout => _kept[0].ToArray();

    public byte[] Stderr => _kept[1].ToArray();

    public Task ReadAsync(Stream stdout, Stream stderr) => Task.WhenAll(ReadAsync(stdout, _kept[0]), ReadAsync(stderr, _kept[1]));

    private async Task ReadAsync(Stream stream, MemoryStream kept)
    {
        var buffer = new byte[32 * 1024];
        while (await stream.ReadAsync(buffer) is > 0 and var read)
        {
            var before = Interlocked.Add(ref _total, read) - read;
            kept.Write(buffer, 0, (int)Math.Clamp(limit - before, 0, read));
            if (before + read > limit) exceeded();
        }
    }
}
