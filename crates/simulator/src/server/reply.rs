//! Bodies of answers: whole, breaking off on purpose, or made piece by piece.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// A body on its way to the client.
pub(crate) enum Reply {
    /// All of it at once.
    Whole(Option<Bytes>),
    /// Its first part; then the connection breaks, once that part is on its way.
    Broken {
        /// The first part, until it was taken.
        part: Option<Bytes>,
        /// Whether the connection had its turn to send it.
        sent: bool,
    },
    /// Piece by piece, each made when the last one was taken.
    Pieces(Pieces),
}

/// Makes the next piece; none at the end.
pub(crate) type Pieces = Box<dyn FnMut() -> Option<Bytes> + Send>;

impl Reply {
    /// A body that is there already.
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::Whole((!bytes.is_empty()).then_some(bytes))
    }
}

impl fmt::Debug for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Whole(_) => "Whole",
            Self::Broken { .. } => "Broken",
            Self::Pieces(_) => "Pieces",
        })
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Poll::Ready(match self.get_mut() {
            Self::Whole(bytes) => bytes.take().map(|bytes| Ok(Frame::data(bytes))),
            Self::Broken { part, sent } => Some(match part.take() {
                Some(part) => Ok(Frame::data(part)),
                None if *sent => Err(io::Error::other("the answer breaks off on purpose")),
                None => {
                    // What is buffered is sent while the body is pending; an error at once would discard it.
                    *sent = true;
                    context.waker().wake_by_ref();
                    return Poll::Pending;
                }
            }),
            Self::Pieces(next) => next().map(|bytes| Ok(Frame::data(bytes))),
        })
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Broken { .. } | Self::Pieces(_) => SizeHint::default(),
        }
    }
}
