using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace AgentTeams.Models;

/// <summary>
/// A safetensors file whose tensors are read from mapped memory straight into the caller's. Its header is checked in full when
/// it is opened; reading is safe from several threads. The file must not shrink while it is open; this library's writers
/// replace files and never shorten them.
/// </summary>
internal sealed unsafe class SafeTensorsFile : IDisposable
{
    // Values are checked while they are still in the first-level cache.
    private const int Block = 4096;

    private static readonly string[] s_floats = [SafeTensorTypes.Float32, SafeTensorTypes.Float16, SafeTensorTypes.BFloat16];

    private readonly SafeBuffer _bytes;
    private readonly SortedDictionary<string, SafeTensorEntry> _tensors;

    /// <summary>Takes over the bytes of a file, wherever they lie.</summary>
    /// <param name="bytes">The bytes; disposed with this.</param>
    /// <param name="length">How many of them are the file.</param>
    /// <param name="source">How errors name the file.</param>
    /// <exception cref="ModelFormatException">The header is malformed or does not fit the length.</exception>
    public SafeTensorsFile(SafeBuffer bytes, long length, string source)
    {
        (_bytes, Source) = (bytes, source);
        byte* start = null;
        bytes.AcquirePointer(ref start);
        try
        {
            _tensors = SafeTensorsHeader.Parse(new ReadOnlySpan<byte>(start, (int)Math.Min(length, SafeTensorsHeader.PrefixBytes + SafeTensorsHeader.MaxBytes)),
                length, source);
        }
        finally
        {
            bytes.ReleasePointer();
        }
    }

    /// <summary>How errors name the file.</summary>
    public string Source { get; }

    /// <summary>The tensors by name, in ordinal order.</summary>
    public IReadOnlyDictionary<string, SafeTensorEntry> Tensors => _tensors;

    /// <exception cref="ModelFormatException">The file cannot be opened, or is no safetensors file.</exception>
    public static SafeTensorsFile Open(string path)
    {
        SafeBuffer? bytes = null;
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
            var length = file.Length;
            if (length < SafeTensorsHeader.PrefixBytes) SafeTensorsHeader.Parse([], length, path);
            using var map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            bytes = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read).SafeMemoryMappedViewHandle;
            return new SafeTensorsFile(bytes, length, path);
        }
        catch (Exception e)
        {
            bytes?.Dispose();
            if (e is not (IOException or UnauthorizedAccessException or NotSupportedException)) throw;
            throw new ModelFormatException($"'{path}' cannot be opened: {e.Message}", e);
        }
    }

    /// <summary>Reads a tensor of F32, F16 or BF16, widened to float32.</summary>
    /// <param name="name">The tensor's name.</param>
    /// <param name="expectedShape">The shape that it must have.</param>
    /// <param name="to">Takes its values in row-major order; as long as the shape says.</param>
    /// <exception cref="ModelFormatException">The tensor is missing, of another shape or type, or holds a value that is not finite.</exception>
    public void Read(string name, IReadOnlyList<int> expectedShape, Span<float> to) =>
        Load(Expect(name, expectedShape, to.Length, s_floats), to, Widen);

    /// <summary>Reads a tensor of F32, F16 or BF16 without keeping it, so that a later reading cannot fail.</summary>
    /// <exception cref="ModelFormatException">The tensor is missing, of another shape or type, or holds a value that is not finite.</exception>
    public void Check(string name, IReadOnlyList<int> expectedShape)
    {
        var entry = Expect(name, expectedShape, null, s_floats);
        Span<float> block = new float[Block];
        byte* start = null;
        _bytes.AcquirePointer(ref start);
        try
        {
            for (long done = 0; done < entry.Count; done += Block)
                RequireFinite(entry, done, Widen(start, entry, done, block[..(int)Math.Min(Block, entry.Count - done)]));
        }
        finally
        {
            _bytes.ReleasePointer();
        }
    }

    /// <summary>Reads the bit patterns of a tensor of BF16.</summary>
    /// <inheritdoc cref="Read(string, IReadOnlyList{int}, Span{float})"/>
    public void ReadBFloat16(string name, IReadOnlyList<int> expectedShape, Span<ushort> to) =>
        Load(Expect(name, expectedShape, to.Length, SafeTensorTypes.BFloat16), to, Copy);

    /// <summary>Reads a tensor of F32, F16, BF16 or I64 whatever its shape, widened or rounded to float32.</summary>
    /// <exception cref="ModelFormatException">The tensor is of another type, too large, or holds a value that is not finite.</exception>
    public float[] Read(SafeTensorEntry entry)
    {
        RequireType(entry, [.. s_floats, SafeTensorTypes.Int64]);
        if (entry.Count > Array.MaxLength)
            throw new ModelFormatException($"The tensor '{entry.Name}' in '{Source}' has {entry.Count} values; an array holds at most {Array.MaxLength}.");
        var values = new float[entry.Count];
        Load(entry, values, Widen);
        return values;
    }

    /// <summary>Whether a tensor has the type, shape and bytes of another, in this file or elsewhere.</summary>
    public bool HasSameBytes(string name, SafeTensorsFile other, string otherName)
    {
        var (one, two) = (_tensors[name], other._tensors[otherName]);
        if (one.Type != two.Type || !one.Shape.SequenceEqual(two.Shape)) return false;
        byte* mine = null, theirs = null;
        _bytes.AcquirePointer(ref mine);
        other._bytes.AcquirePointer(ref theirs);
        try
        {
            for (long done = 0, length = one.End - one.Start; done < length; done += Block)
            {
                var count = (int)Math.Min(Block, length - done);
                if (!new ReadOnlySpan<byte>(mine + one.Start + done, count).SequenceEqual(new ReadOnlySpan<byte>(theirs + two.Start + done, count)))
                    return false;
            }

            return true;
        }
        finally
        {
            other._bytes.ReleasePointer();
            _bytes.ReleasePointer();
        }
    }

    /// <summary>Closes the file.</summary>
    public void Dispose() => _bytes.Dispose();

    private void Load<T>(SafeTensorEntry entry, Span<T> to, BlockLoader<T> load)
    {
        byte* start = null;
        _bytes.AcquirePointer(ref start);
        try
        {
            var done = 0;
            while (done < to.Length)
            {
                var block = to.Slice(done, Math.Min(Block, to.Length - done));
                RequireFinite(entry, done, load(start, entry, done, block));
                done += block.Length;
            }
        }
        finally
        {
            _bytes.ReleasePointer();
        }
    }

    private void RequireFinite(SafeTensorEntry entry, long first, int at)
    {
        if (at >= 0)
            throw new ModelFormatException($"The tensor '{entry.Name}' in '{Source}' holds NaN or infinity at index {first + at}; expected finite values.");
    }

    private static int Copy(byte* start, SafeTensorEntry entry, long first, Span<ushort> to)
    {
        Values<ushort>(start, entry, first, to.Length).CopyTo(to);
        return TensorConversion.FirstNonFinite(to);
    }

    private static int Widen(byte* start, SafeTensorEntry entry, long first, Span<float> to)
    {
        switch (entry.Type)
        {
            case SafeTensorTypes.Float32:
                Values<float>(start, entry, first, to.Length).CopyTo(to);
                break;
            case SafeTensorTypes.Float16:
                TensorConversion.WidenHalf(Values<ushort>(start, entry, first, to.Length), to);
                break;
            case SafeTensorTypes.BFloat16:
                TensorConversion.WidenBFloat16(Values<ushort>(start, entry, first, to.Length), to);
                break;
            default:
                var values = Values<long>(start, entry, first, to.Length);
                for (var i = 0; i < to.Length; i++) to[i] = values[i];
                break;
        }

        return TensorConversion.FirstNonFinite(to);
    }

    private static ReadOnlySpan<T> Values<T>(byte* start, SafeTensorEntry entry, long first, int count)
        where T : unmanaged => new(start + entry.Start + first * sizeof(T), count);

    private SafeTensorEntry Expect(string name, IReadOnlyList<int> shape, int? room, params string[] types)
    {
        if (!_tensors.TryGetValue(name, out var entry)) throw new ModelFormatException($"'{Source}' lacks the tensor '{name}'.");
        if (!entry.Shape.SequenceEqual(shape))
            throw new ModelFormatException($"The tensor '{name}' in '{Source}' has the shape {SafeTensorTypes.Text(entry.Shape)}; expected "
                + $"{SafeTensorTypes.Text(shape)}.");
        RequireType(entry, types);
        return room is null || entry.Count == room
            ? entry
            : throw new ArgumentException($"The tensor '{name}' of shape {SafeTensorTypes.Text(shape)} has {entry.Count} values, but there is room for {room}.",
                nameof(room));
    }

    private void RequireType(SafeTensorEntry entry, string[] types)
    {
        if (!types.Contains(entry.Type))
            throw new ModelFormatException($"The tensor '{entry.Name}' in '{Source}' has the dtype {entry.Type}; expected {string.Join(" or ", types)}.");
    }

    /// <summary>Fetches a block of values from the first on, and says where in the block one is not finite, or -1.</summary>
    private delegate int BlockLoader<T>(byte* start, SafeTensorEntry entry, long first, Span<T> to);
}
