using System.Collections.Concurrent;

namespace AgentTeams.Servers;

/// <summary>Asks interpreters of this machine where they are; the answer is remembered.</summary>
internal sealed class HostProgram(TimeProvider time)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ConcurrentDictionary<string, string> _answers = [];

    /// <summary>The path of a program, or null.</summary>
    public static string? Find(string name) =>
        name.Contains('/', StringComparison.Ordinal) ? (File.Exists(name) ? Path.GetFullPath(name) : null)
        : $"{Environment.GetEnvironmentVariable("PATH")}:/usr/sbin:/sbin".Split(':').Where(f => f.Length > 0).Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);

    /// <summary>What a program prints.</summary>
    /// <exception cref="SandboxException">There is no such program, or it does not answer.</exception>
    public async Task<string> AskAsync(string program, string language, string option, IReadOnlyList<string> arguments, CancellationToken cancellationToken)
    {
        if (_answers.TryGetValue(program, out var known)) return known;
        var path = Find(program) ?? throw new SandboxException($"There is no '{program}' on this machine, so {language} cannot be run. Install it, or name it with {option}.");
        using var process = await Launcher.StartAsync(new(path, arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        using var patience = new CancellationTokenSource(Patience, time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            process.StandardInput.Close();
            var (output, error) = (process.StandardOutput.ReadToEndAsync(ends.Token), process.StandardError.ReadToEndAsync(ends.Token));
            await process.WaitForExitAsync(ends.Token);
            if (process.ExitCode != 0) throw new SandboxException($"'{path}' does not run: {(await error).Trim()} Name another with {option}.");
            return _answers[program] = await output;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new SandboxException($"'{path}' did not say where it is in {Patience.TotalSeconds:0} s. Name another with {option}.");
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
