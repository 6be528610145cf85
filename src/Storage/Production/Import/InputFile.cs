using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;

namespace AgentTeams.Storage;

/// <summary>A file of lines, of which each is read or told of as damaged. It is only read.</summary>
internal sealed class InputFile(string path, ImportOptions options)
{
    private readonly ILogger _logger = options.LoggerFactory.CreateLogger("AgentTeams.TraceImport");

    /// <summary>The lines that are not blank; the bytes of one are valid until the next is asked for.</summary>
    /// <exception cref="AgentTeamsException">The file cannot be read.</exception>
    public async IAsyncEnumerable<InputLine> LinesAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var file = Open();
        var lines = new LineScanner(file);
        for (long number = 1; await lines.MoveNextAsync(cancellationToken).ConfigureAwait(false); number++)
        {
            if (!lines.Line.Span.TrimStart(" \t"u8).IsEmpty) yield return new(number, lines.Offset, lines.Line);
        }
    }

    /// <summary>What the lines hold, in order; a line for which null is returned holds nothing to tell.</summary>
    /// <param name="read">Reads a line; what it throws says what is wrong with it.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="AgentTeamsException">The file cannot be read, or a line is damaged and damage is refused.</exception>
    public async IAsyncEnumerable<T> ReadAsync<T>(Func<ReadOnlyMemory<byte>, T?> read, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        await foreach (var line in LinesAsync(cancellationToken).ConfigureAwait(false))
        {
            if (Try(line, () => read(line.Bytes)) is { } found) yield return found;
        }
    }

    /// <summary>What a line or a part of it holds; null where it is damaged, which is told.</summary>
    /// <exception cref="AgentTeamsException">It is damaged and damage is refused.</exception>
    public T? Try<T>(InputLine line, Func<T?> read)
        where T : class
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or AgentTeamsException or FormatException or InvalidOperationException or ArgumentException
            or OverflowException or NotSupportedException or KeyNotFoundException)
        {
            if (options.RefuseDamaged)
            {
                throw new AgentTeamsException($"Line {line.Number} of '{path}' cannot be imported: {e.Message} Mend or remove the line, or leave "
                    + "ImportOptions.RefuseDamaged false to skip it.", e);
            }

            ImportLog.Skipped(_logger, line.Number, path, e.Message);
            options.OnDamaged?.Invoke(new(line.Number, line.Offset, e.Message));
            return null;
        }
    }

    private SafeFileHandle Open()
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new AgentTeamsException($"The file '{path}' cannot be read: {e.Message} Name a file that can be.", e);
        }
    }
}

/// <summary>A line of a file.</summary>
/// <param name="Number">Its number, one-based.</param>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Bytes">Its text.</param>
internal readonly record struct InputLine(long Number, long Offset, ReadOnlyMemory<byte> Bytes);
