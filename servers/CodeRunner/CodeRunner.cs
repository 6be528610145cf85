using System.Security.Cryptography;

namespace AgentTeams.Servers;

/// <summary>Runs code shut in, a bounded number at a time.</summary>
internal sealed class CodeRunner : IDisposable
{
    private readonly RunnerOptions _options;
    private readonly TimeProvider _time;
    private readonly IsolationChoice _isolation;
    private readonly SemaphoreSlim _free;
    private readonly Dictionary<CodeLanguage, Interpreter> _interpreters;

    public CodeRunner(RunnerOptions options, TimeProvider? time = null)
    {
        _options = options;
        _time = time ?? TimeProvider.System;
        _isolation = new(options, _time);
        _free = new(options.Concurrency);
        var host = new HostProgram(_time);
        _interpreters = new() { [CodeLanguage.Python] = new Python(host), [CodeLanguage.JavaScript] = new JavaScript(host), [CodeLanguage.CSharp] = new CSharp() };
    }

    /// <summary>Runs a request; waits while too many others run.</summary>
    /// <exception cref="SandboxException">It was not run; the message says why and what to do.</exception>
    public async Task<RunResult> RunAsync(CodeRequest request, CancellationToken cancellationToken = default)
    {
        if (!_options.Languages.Contains(request.Language)) throw new SandboxException($"This server does not run that language; it was started with --languages {string.Join(',', _options.Languages)}.");
        foreach (var (name, text) in new[] { ("code", request.Code), ("tests", request.Tests ?? ""), ("stdin", request.StandardInput) })
        {
            if (text.Length > CodeRequest.MaxCharacters) throw new SandboxException($"'{name}' has {text.Length} characters; at most {CodeRequest.MaxCharacters} are taken.");
        }

        if (request.EntryPoint is { } entry && !entry.All(c => char.IsLetterOrDigit(c) || c is '_' or '.')) throw new SandboxException($"The entry point '{entry}' is no name.");
        await _free.WaitAsync(cancellationToken);
        try
        {
            var isolation = await _isolation.GetAsync(cancellationToken);
            var (job, failure) = await PrepareAsync(request, cancellationToken);
            if (failure is not null) return failure;
            // Whoever does not know it cannot tell the server that tests passed: code that leaves early is not taken for code that passes.
            var token = RandomNumberGenerator.GetHexString(32);
            using var process = new SandboxProcess(_options, _time);
            var exit = await process.RunAsync(isolation, job!, token, cancellationToken);
            return Verdict.Of(exit, job!, token, request.Tests is not null, isolation.Name, _options);
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task<(SandboxJob? Job, RunResult? Failure)> PrepareAsync(CodeRequest request, CancellationToken cancellationToken)
    {
        using var wall = new CancellationTokenSource(_options.WallTime, _time);
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(wall.Token, cancellationToken);
        try
        {
            return await _interpreters[request.Language].PrepareAsync(request, _options, ends.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, new() { Outcome = RunOutcome.TimedOut, Explanation = FormattableString.Invariant($"The code was not ready to run after {_options.WallTime.TotalSeconds} s."), Isolation = "" });
        }
    }

    public void Dispose()
    {
        _free.Dispose();
        _isolation.Dispose();
    }
}
