namespace AgentTeams.Servers;

/// <summary>A run of a file's lines; lines count from 1.</summary>
internal sealed record TextChunk(int From, int To, string Text);

/// <summary>Cuts texts into runs of lines that overlap.</summary>
internal static class TextChunks
{
    /// <summary>The chunks of a text: whole lines, about as many characters as asked for, each beginning with the last lines of the one before.</summary>
    /// <param name="text">The text.</param>
    /// <param name="size">Characters of a chunk, unless one line has more.</param>
    /// <param name="overlap">Characters that a chunk has in common with the one before, at most; less than <paramref name="size"/>.</param>
    public static IReadOnlyList<TextChunk> Cut(string text, int size, int overlap)
    {
        var lines = text.ReplaceLineEndings("\n").Split('\n');
        var count = lines.Length > 0 && lines[^1].Length == 0 ? lines.Length - 1 : lines.Length;
        var chunks = new List<TextChunk>();
        for (var from = 0; from < count;)
        {
            var (to, length) = (from, 0);
            while (to < count && (to == from || length + lines[to].Length < size)) length += lines[to++].Length + 1;
            var chunk = string.Join('\n', lines[from..to]);
            if (!string.IsNullOrWhiteSpace(chunk)) chunks.Add(new(from + 1, to, chunk));
            if (to == count) break;
            var next = to;
            // Only as much as leaves room for the next line.
            var most = Math.Min(overlap, size - lines[to].Length - 1);
            for (var shared = lines[next - 1].Length + 1; next > from + 1 && shared <= most; shared += lines[next - 1].Length + 1) next--;
            from = next;
        }

        return chunks;
    }
}
